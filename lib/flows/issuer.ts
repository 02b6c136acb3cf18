/** The broker's entity id as AWS's identity provider. */
export const issuerEntityId = (url: string): string => `${url}/saml/idp/metadata`;

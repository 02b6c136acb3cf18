/** Names that SAML 2.0, XML Signature and XML Encryption fix. They are compared as exact strings. */
export const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
export const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
export const DSIG = "http://www.w3.org/2000/09/xmldsig#";
export const XENC = "http://www.w3.org/2001/04/xmlenc#";
export const XENC11 = "http://www.w3.org/2009/xmlenc11#";
export const XSI = "http://www.w3.org/2001/XMLSchema-instance";
export const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
export const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";

/** Namespace of the InclusiveNamespaces element, and the algorithm that needs it. */
export const EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
/** The same algorithm with comments. Documents that hold comments are refused, so both give the same bytes. */
export const EXC_C14N_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
export const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

export const STATUS_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
export const CONFIRMATION_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
export const FORMAT_ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/** Names under which providers send what a person may edit, or an administrator renames with them. */
const CHANGEABLE = [
  "email",
  "mail",
  "emailaddress",
  "name",
  "displayname",
  "givenname",
  "familyname",
  "surname",
  "firstname",
  "lastname",
  "nickname",
  "preferredusername",
  "username",
  "login",
  "upn",
  "userprincipalname",
  "phone",
  "phonenumber",
  "urn:oid:0.9.2342.19200300.100.1.3",
];

/** Whether a claim or attribute of this name holds what can change while the person stays the same. */
export const isChangeableName = (name: string): boolean => CHANGEABLE.includes(plain(name));

/** `http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress` and `display_name` as one plain word. */
const plain = (name: string): string =>
  name.startsWith("urn:") ? name : (name.split("/").at(-1) ?? name).toLowerCase().replaceAll(/[_.-]/g, "");

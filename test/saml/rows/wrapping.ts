import {
  ASSERTION_XML,
  assertionIn,
  IDP,
  inTurn,
  SIGNED,
  seal,
  sealed,
  sign,
  swap,
  UNSIGNED,
  wrap,
} from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";

const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;
const END = "</samlp:Response>";
const signatureIn = (xml: string): string => SIGNATURE.exec(xml)?.[0] ?? "";
const without = (xml: string): string => xml.replace(SIGNATURE, "");

/** The assertion as signed, and without its signature; and what the attacker would have us read. */
const original = assertionIn(SIGNED.assertion);
const bare = without(original);
const evil = bare.replace("_assertion-1", "_evil").replace(">alice<", ">admin<");
const evilSigned = original.replace('ID="_assertion-1"', 'ID="_evil"').replace(">alice<", ">admin<");
const signature = signatureIn(original);

/** The signed assertion's response with its assertion replaced. */
const around = (assertions: string): string => SIGNED.assertion.replace(original, () => assertions);
const inside = (text: string, from: string, added: string): string => swap(from, added + from)(text);

/** The whole signed response as an element, and an attacker's response around it. */
const signedResponse = SIGNED.response.replace(/^<\?xml.*?\?>/, "");
const bareResponse = without(signedResponse);
const responseSignature = signatureIn(signedResponse);
const evilResponse = bareResponse
  .replace("_response-1", "_evil-response")
  .replace("_assertion-1", "_evil")
  .replace(">alice<", ">admin<");
const withSignature = (text: string): string => swap("</saml:Issuer>", `</saml:Issuer>${text}`)(evilResponse);
const within = (name: string, content: string): string =>
  responseSignature.replace("</ds:Signature>", () => `<ds:${name}>${content}</ds:${name}></ds:Signature>`);

const failure = inTurn(swap("status:Success", "status:Responder"), swap(ASSERTION_XML, ""))(UNSIGNED);

export const WRAPPING: readonly Hostile[] = [
  hostile(
    "XSW1: the signed response inside its own signature",
    () => withSignature(responseSignature.replace("</ds:Signature>", () => `${bareResponse}</ds:Signature>`)),
    "saml_response_malformed",
  ),
  hostile(
    "XSW2: the signed response beside its signature",
    () => withSignature(bareResponse + responseSignature),
    "saml_response_malformed",
  ),
  hostile("XSW3: an assertion before the signed one", () => around(evil + original), "saml_assertion_count"),
  hostile(
    "XSW4: an assertion around the signed one",
    () => around(inside(evil, "</saml:Assertion>", original)),
    "saml_assertion_count",
  ),
  hostile(
    "XSW5: a changed assertion with the signature, the signed one after it",
    () => around(evilSigned + bare),
    "saml_assertion_count",
  ),
  hostile(
    "XSW6: a changed assertion whose signature holds the signed one",
    () => around(swap("</ds:Signature>", `${bare}</ds:Signature>`)(evilSigned)),
    "saml_assertion_count",
  ),
  hostile(
    "XSW7: an assertion in Extensions",
    () =>
      swap("<samlp:Status>", `<samlp:Extensions>${evil}</samlp:Extensions><samlp:Status>`)(SIGNED.assertion),
    "saml_assertion_count",
  ),
  hostile(
    "XSW8: the signed assertion in an Object of its signature",
    () => around(swap("</ds:Signature>", `<ds:Object>${bare}</ds:Object></ds:Signature>`)(evilSigned)),
    "saml_assertion_count",
  ),
  hostile("an assertion after the signed one", () => around(original + evil), "saml_assertion_count"),
  hostile("the signed assertion twice", () => around(original + original), "saml_id_duplicate"),
  hostile(
    "two assertions, each signed",
    () => around(original + assertionIn(sign(UNSIGNED.replace("_assertion-1", "_assertion-2"), "assertion"))),
    "saml_assertion_count",
  ),
  hostile(
    "the signed assertion in the Advice of another",
    () =>
      around(
        swap("<saml:AuthnStatement ", `<saml:Advice>${original}</saml:Advice><saml:AuthnStatement `)(evil),
      ),
    "saml_assertion_count",
  ),
  hostile(
    "the signed assertion in an attribute of another",
    () => around(swap(">alice@example.com<", `>${original}<`)(evil)),
    "saml_assertion_count",
  ),
  hostile(
    "the signed assertion in the confirmation data of another",
    () =>
      around(
        swap(
          /<saml:SubjectConfirmationData ([^>]*)\/>/,
          `<saml:SubjectConfirmationData>${original}</saml:SubjectConfirmationData>`,
        )(evil),
      ),
    "saml_assertion_count",
  ),
  hostile(
    "the signed assertion in StatusDetail",
    () =>
      swap(
        "</samlp:Status>",
        `<samlp:StatusDetail>${original}</samlp:StatusDetail></samlp:Status>`,
      )(around(evil)),
    "saml_assertion_count",
  ),
  hostile(
    "the signed response in Extensions of another",
    () =>
      swap(
        "<samlp:Status>",
        `<samlp:Extensions>${signedResponse}</samlp:Extensions><samlp:Status>`,
      )(evilResponse),
    "saml_response_malformed",
  ),
  hostile(
    "the signed response in an Object",
    () => withSignature(within("Object", bareResponse)),
    "saml_response_malformed",
  ),
  hostile(
    "the signed response in its KeyInfo",
    () => withSignature(responseSignature.replace("</ds:KeyInfo>", () => `${bareResponse}</ds:KeyInfo>`)),
    "saml_response_malformed",
  ),
  hostile(
    "the signed response in an Object of the SAML namespace",
    () => withSignature(within("Object", bareResponse)).replaceAll("ds:Object", "samlp:Object"),
    "saml_response_malformed",
  ),
  hostile(
    "an assertion of another ID with the signature left in place",
    () => around(evilSigned),
    "saml_signature_reference",
  ),
  hostile(
    "an assertion of the same ID in an attribute",
    () => swap(">alice@example.com<", '><x ID="_assertion-1"/><')(SIGNED.assertion),
    "saml_id_duplicate",
  ),
  hostile(
    "the response having the assertion's ID",
    () => swap('ID="_response-1"', 'ID="_assertion-1"')(SIGNED.assertion),
    "saml_id_duplicate",
  ),
  hostile(
    "an xml:id that repeats the ID",
    () => swap("<samlp:Status>", '<samlp:Status xml:id="_assertion-1">')(SIGNED.assertion),
    "saml_id_duplicate",
  ),
  hostile(
    "an Id in another spelling that repeats the ID",
    () => swap("<samlp:Status>", '<samlp:Status Id="_assertion-1">')(SIGNED.assertion),
    "saml_id_duplicate",
  ),
  hostile(
    "an ID of another namespace that repeats the ID",
    () => swap("<samlp:Status>", '<samlp:Status samlp:ID="_assertion-1">')(SIGNED.assertion),
    "saml_id_duplicate",
  ),
  hostile(
    "an assertion whose ID is of another namespace",
    () => swap('ID="_assertion-1"', 'saml:ID="_assertion-1"')(SIGNED.assertion),
    "saml_signature_reference",
  ),
  hostile(
    "the assertion's signature moved up to the response",
    () => swap("</saml:Issuer><samlp:Status>", `</saml:Issuer>${signature}<samlp:Status>`)(around(bare)),
    "saml_signature_reference",
    {
      explained: {
        xmlsec1: "a signature may name whatever it likes",
        samlify: "it accepts what the signature names",
      },
    },
  ),
  hostile(
    "the assertion's signature moved into its Subject",
    () => around(swap("<saml:Subject>", `<saml:Subject>${signature}`)(bare)),
    "saml_signature_misplaced",
  ),
  hostile(
    "the assertion's signature moved behind its Subject",
    () => around(swap("</saml:Subject>", `</saml:Subject>${signature}`)(bare)),
    "saml_assertion_malformed",
  ),
  hostile(
    "the assertion's signature moved before its Issuer",
    () => around(swap("<saml:Issuer>", `${signature}<saml:Issuer>`)(bare)),
    "saml_assertion_malformed",
  ),
  hostile(
    "the response's signature moved behind its Status",
    () => swap("</samlp:Status>", `</samlp:Status>${responseSignature}`)(without(SIGNED.response)),
    "saml_response_malformed",
  ),
  hostile(
    "the response's signature moved into Extensions",
    () =>
      swap(
        "<samlp:Status>",
        `<samlp:Extensions>${responseSignature}</samlp:Extensions><samlp:Status>`,
      )(without(SIGNED.response)),
    "saml_signature_misplaced",
  ),
  hostile(
    "a decoy signature beside the signature",
    () => swap(signature, signature + signature)(SIGNED.assertion),
    "saml_signature_misplaced",
  ),
  hostile(
    "a decoy signature in an attribute",
    () => swap(">alice@example.com<", `>${signature}<`)(SIGNED.assertion),
    "saml_signature_misplaced",
  ),
  hostile(
    "a signed failure turned into a success with an assertion",
    () =>
      inTurn(swap("status:Responder", "status:Success"), swap(END, evil + END))(sign(failure, "response")),
    "saml_signature_digest",
  ),
  hostile(
    "a signed failure inside a decoy signature with the same value",
    () => {
      const signedFailure = sign(failure, "response").replace(/^<\?xml.*?\?>/, "");
      const decoy = signatureIn(signedFailure).replace(
        "</ds:Signature>",
        () => `<ds:Object>${signedFailure}</ds:Object></ds:Signature>`,
      );
      return wrap(evil)
        .replace("_response-1", "_evil-response")
        .replace("</saml:Issuer>", () => `</saml:Issuer>${decoy}`);
    },
    "saml_response_malformed",
  ),
  hostile("an assertion without a response", () => original, "saml_not_a_response"),
  hostile(
    "a response of another namespace",
    () => swap("SAML:2.0:protocol", "SAML:1.1:protocol")(SIGNED.assertion),
    "saml_not_a_response",
  ),
  hostile(
    "a response in an envelope",
    () =>
      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${signedResponse}</e:Body></e:Envelope>`,
    "saml_not_a_response",
  ),
  hostile(
    "a request instead of a response",
    () =>
      swap(/samlp:Response/, "samlp:AuthnRequest")(SIGNED.assertion).replace(END, "</samlp:AuthnRequest>"),
    "saml_not_a_response",
  ),
  hostile(
    "an assertion of another namespace",
    () => around(evil.replaceAll("SAML:2.0:assertion", "SAML:1.0:assertion")),
    "saml_response_malformed",
  ),
  hostile(
    "an encrypted assertion beside the signed one",
    () => around(original + seal(evil)),
    "saml_assertion_count",
  ),
  hostile(
    "a plain assertion beside an encrypted one",
    () => sealed().replace(END, () => evil + END),
    "saml_assertion_count",
  ),
  hostile(
    "text between the parts of the response",
    () => swap("</samlp:Status>", "</samlp:Status>x")(SIGNED.assertion),
    "saml_response_malformed",
  ),
  hostile(
    "an unknown element in the response",
    () => swap("<samlp:Status>", `<saml:X xmlns:saml="${IDP}"/><samlp:Status>`)(SIGNED.assertion),
    "saml_response_malformed",
  ),
];

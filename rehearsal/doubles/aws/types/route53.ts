/** Route 53: records in zones that are there already. */
import { type AwsTypes, hasSameInputs, listOf, notOneOf, rejectDuplicate } from "./common";

const RECORD = "aws:route53/record:Record";

/** The provider's list; a Route 53 alias has a type of these as well. */
const RECORD_TYPES = ["A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV"];
const FURTHER_TYPES = ["SSHFP", "SVCB", "TLSA", "TXT"];

export const ROUTE53_TYPES: AwsTypes = {
  [RECORD]: {
    id: ({ inputs }) => `${inputs.zoneId}_${inputs.name}_${inputs.type}`,
    outputs: ({ inputs }) => ({ fqdn: String(inputs.name) }),
    replaceOn: ["zoneId", "name", "type", "setIdentifier"],
    // Which zones there are and what they are called is not known here, so a record outside of its zone is taken.
    rejects: [
      ({ inputs }) => notOneOf("type", [...RECORD_TYPES, ...FURTHER_TYPES], inputs.type),
      ({ inputs: { zoneId } }) =>
        !/^Z[A-Z0-9]{1,31}$/.test(String(zoneId)) &&
        `reading Route 53 Hosted Zone (${zoneId}): NoSuchHostedZone: No hosted zone found with ID: ${zoneId}`,
      ({ inputs: { aliases, ttl, records } }) =>
        listOf(aliases).length === 0 &&
        (ttl === undefined || listOf(records).length === 0) &&
        "all of `records,ttl` must be specified",
      ({ inputs }) =>
        inputs.type === "CNAME" &&
        listOf(inputs.records).length > 1 &&
        `InvalidChangeBatch: [Invalid Resource Record: FATAL problem: CNAMEMustBeSingle encountered with '${inputs.name}']`,
      rejectDuplicate(
        RECORD,
        hasSameInputs("zoneId", "name", "type"),
        ({ inputs: { name, type } }) =>
          `InvalidChangeBatch: [Tried to create resource record set [name='${name}.', type='${type}'] but it already exists]`,
      ),
      rejectDuplicate(
        RECORD,
        (other, made) =>
          hasSameInputs("zoneId", "name")(other, made) && [other.inputs.type, made.inputs.type].includes("CNAME"),
        ({ inputs: { name, type } }) =>
          `InvalidChangeBatch: [RRSet of type ${type} with DNS name ${name}. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone]`,
      ),
    ],
    untagged: true,
  },
};

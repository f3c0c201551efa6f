/** Route 53: records in zones that are there already. */
import { type AwsTypes, listOf, type Made, notOneOf, otherWith } from "./common";

const RECORD = "aws:route53/record:Record";

/** The provider's list; a Route 53 alias has a type of these as well. */
const RECORD_TYPES = ["A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV"];
const FURTHER_TYPES = ["SSHFP", "SVCB", "TLSA", "TXT"];

export const ROUTE53_TYPES: AwsTypes = {
  [RECORD]: {
    id: ({ inputs }) => `${inputs.zoneId}_${inputs.name}_${inputs.type}`,
    outputs: ({ inputs }) => ({ fqdn: String(inputs.name) }),
    replaceOn: ["zoneId", "name", "type", "setIdentifier"],
    refuses: made => notOneOf("type", [...RECORD_TYPES, ...FURTHER_TYPES], made.inputs.type) ?? recordRefusal(made),
    untagged: true,
  },
};

/** Which zones there are and what they are called is not known here, so that a record outside of its zone is taken. */
function recordRefusal(made: Made): string | undefined {
  const { zoneId, name, type, records, aliases, ttl } = made.inputs;
  if (!/^Z[A-Z0-9]{1,31}$/.test(String(zoneId)))
    return `reading Route 53 Hosted Zone (${zoneId}): NoSuchHostedZone: No hosted zone found with ID: ${zoneId}`;
  if (listOf(aliases).length === 0 && (ttl === undefined || listOf(records).length === 0))
    return "all of `records,ttl` must be specified";
  if (type === "CNAME" && listOf(records).length > 1)
    return `InvalidChangeBatch: [Invalid Resource Record: FATAL problem: CNAMEMustBeSingle encountered with '${name}']`;
  const isTaken = otherWith(
    made,
    RECORD,
    ({ inputs }) => inputs.zoneId === zoneId && inputs.name === name && inputs.type === type,
  );
  if (isTaken)
    return `InvalidChangeBatch: [Tried to create resource record set [name='${name}.', type='${type}'] but it already exists]`;
  const isBesideOther = otherWith(
    made,
    RECORD,
    ({ inputs }) => inputs.zoneId === zoneId && inputs.name === name && (type === "CNAME" || inputs.type === "CNAME"),
  );
  return isBesideOther
    ? `InvalidChangeBatch: [RRSet of type ${type} with DNS name ${name}. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone]`
    : undefined;
}

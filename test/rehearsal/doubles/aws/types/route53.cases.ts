import type { AwsCases } from "../../../../support/aws";

export const ROUTE53_CASES: AwsCases = {
  record: {
    good: {
      zoneId: "Z0123456789ABCDEFGHIJ",
      name: "llm.acme.dev",
      type: "CNAME",
      ttl: 60,
      records: ["nlb.elb.us-east-2.amazonaws.com"],
    },
    id: /^Z0123456789ABCDEFGHIJ_llm\.acme\.dev_CNAME$/,
    outputs: () => ({ fqdn: "llm.acme.dev" }),
    change: { ttl: 300, records: ["other.elb.us-east-2.amazonaws.com"] },
    unknown: ["fqdn"],
    replaces: ["zoneId", "name", "type", "setIdentifier"],
    bad: [
      {
        bad: { zoneId: "acme.dev" },
        message: "reading Route 53 Hosted Zone (acme.dev): NoSuchHostedZone: No hosted zone found with ID: acme.dev",
      },
      { bad: { records: [] }, message: "all of `records,ttl` must be specified" },
      {
        bad: { records: ["one.example", "two.example"] },
        message:
          "InvalidChangeBatch: [Invalid Resource Record: FATAL problem: CNAMEMustBeSingle encountered with 'llm.acme.dev']",
      },
      {
        bad: { type: "NAME" },
        message:
          'expected type to be one of ["A" "AAAA" "CAA" "CNAME" "DS" "HTTPS" "MX" "NAPTR" "NS" "PTR" "SOA" "SPF" "SRV" "SSHFP" "SVCB" "TLSA" "TXT"], got NAME',
      },
      {
        after: { name: "chat.acme.dev" },
        bad: { name: "chat.acme.dev" },
        message:
          "InvalidChangeBatch: [Tried to create resource record set [name='chat.acme.dev.', type='CNAME'] but it already exists]",
      },
      {
        after: { name: "chat.acme.dev" },
        bad: { name: "chat.acme.dev", type: "A", records: ["10.0.0.1"] },
        message:
          "InvalidChangeBatch: [RRSet of type A with DNS name chat.acme.dev. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone]",
      },
    ],
  },
};

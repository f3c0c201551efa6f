import assert from "node:assert/strict";
import { rejectUnreachable, unreachableProblems } from "../../platform/egress";
import { entrySchema } from "../../platform/settings/entry";
import { featuresSchema } from "../../platform/settings/features";
import { monitoringSchema } from "../../platform/settings/monitoring";

const ECR = "111122223333.dkr.ecr.us-east-2.amazonaws.com";
const DIGEST = `@sha256:${"0123456789abcdef".repeat(4)}`;

interface Groups {
  readonly entry?: object;
  readonly monitoring?: object;
  readonly features?: object;
}

const settings = ({ entry = { exposure: "none" }, monitoring = {}, features = {} }: Groups = {}) => ({
  region: "us-east-2",
  entry: entrySchema.parse(entry),
  monitoring: monitoringSchema.parse({ gpuExporterRepository: `${ECR}/dcgm-exporter`, ...monitoring }),
  features: featuresSchema.parse(features),
});

const ACME = { exposure: "internet", hostname: "llm.acme.dev", certManager: { acmeEmail: "ml@acme.dev" } };
const ISSUER = { issuer: "https://login.acme.dev/", audiences: ["llm"] };

const OR = "or set nat to single, perZone or regional";
const REFUSED = "is refused where llmd-infra:network.nat is none";
const EXPORTER = `Copy the image into a repository of ECR, name it (ACCOUNT.dkr.ecr.us-east-2.amazonaws.com/dcgm-exporter), ${OR}`;
const KEYS = `istiod fetches the issuer's keys from there. Set jwksUri to an address below .svc, .local or .internal, remove jwt, ${OR}`;

describe("a platform whose nodes have no route to the internet", () => {
  const refused: readonly { what: string; groups: Groups; problems: string[] }[] = [
    {
      what: "an entry on the internet with Let's Encrypt's certificate",
      groups: { entry: { ...ACME, jwt: { ...ISSUER, jwksUri: "https://login.acme.dev/keys" } } },
      problems: [
        `"llmd-platform:entry.exposure": "internet" ${REFUSED}: the VPC has no public subnets for the load balancer. Set it to internal, ${OR}`,
        `"llmd-platform:entry.jwt.jwksUri": "https://login.acme.dev/keys" ${REFUSED}: ${KEYS}`,
        `"llmd-platform:entry.certManager.acmeEmail": "ml@acme.dev" ${REFUSED}: cert-manager connects to Let's Encrypt over the internet. Name an issuer inside the VPC, set certificateArn, ${OR}`,
      ],
    },
    {
      what: "an issuer whose OpenID configuration is on the internet",
      groups: { entry: { exposure: "internal", jwt: ISSUER } },
      problems: [`"llmd-platform:entry.jwt.issuer": "https://login.acme.dev/" ${REFUSED}: ${KEYS}`],
    },
    {
      what: "alerts to Slack",
      groups: { monitoring: { alerts: { kind: "slack", channel: "#llm" } } },
      problems: [
        `"llmd-platform:monitoring.alerts.kind": "slack" ${REFUSED}: Alertmanager sends over the internet. Set it to sns, which has an endpoint in the VPC, or to a webhook inside the VPC, ${OR}`,
      ],
    },
    {
      what: "dcgm-exporter from nvcr.io",
      groups: { monitoring: { gpuExporterRepository: undefined } },
      problems: [
        `"llmd-platform:monitoring.gpuExporterRepository": not set ${REFUSED}: dcgm-exporter comes from nvcr.io, which ECR cannot cache. ${EXPORTER}`,
      ],
    },
    {
      what: "dcgm-exporter from another registry",
      groups: { monitoring: { gpuExporterRepository: "registry.acme.com/dcgm-exporter" } },
      problems: [
        `"llmd-platform:monitoring.gpuExporterRepository": "registry.acme.com/dcgm-exporter" ${REFUSED}: dcgm-exporter comes from outside ECR. ${EXPORTER}`,
      ],
    },
    {
      what: "the GPU Operator, and a payload processor from another registry",
      groups: {
        features: {
          gpuOperator: true,
          payloadProcessor: true,
          payloadProcessorImage: `registry.acme.com/processor${DIGEST}`,
        },
      },
      problems: [
        `"llmd-platform:features.gpuOperator": true ${REFUSED}: its images come from nvcr.io, which ECR cannot cache. Set it to false (llm-d does not need it), ${OR}`,
        `"llmd-platform:features.payloadProcessorImage": "registry.acme.com/processor${DIGEST}" ${REFUSED}: registry.acme.com is neither cached nor in ECR of us-east-2. Copy the image there, ${OR}`,
      ],
    },
  ];
  for (const { what, groups, problems } of refused)
    it(`must not have ${what}`, () => assert.deepEqual(unreachableProblems(settings(groups)), problems));

  const taken: readonly { what: string; groups: Groups }[] = [
    { what: "no optional setting", groups: {} },
    {
      what: "an internal entry, whose certificate is ACM's and whose issuer is in the cluster",
      groups: {
        entry: {
          exposure: "internal",
          hostname: "llm.acme.dev",
          certificateArn: "arn:aws:acm:us-east-2:111122223333:certificate/01234567-89ab-4cde-8f01-23456789abcd",
          jwt: { ...ISSUER, jwksUri: "https://keycloak.login.svc/keys" },
        },
      },
    },
    {
      what: "alerts to SNS and a payload processor from a registry that is cached",
      groups: {
        monitoring: { alerts: { kind: "sns", topicArn: "arn:aws:sns:us-east-2:111122223333:llm-alerts" } },
        features: { payloadProcessor: true, payloadProcessorImage: `ghcr.io/llm-d/processor${DIGEST}` },
      },
    },
    { what: "a webhook, whose address is unknown here", groups: { monitoring: { alerts: { kind: "webhook" } } } },
    {
      what: "a payload processor in ECR",
      groups: { features: { payloadProcessor: true, payloadProcessorImage: `${ECR}/processor${DIGEST}` } },
    },
  ];
  for (const { what, groups } of taken)
    it(`may have ${what}`, () => assert.deepEqual(unreachableProblems(settings(groups)), []));

  it("is refused with every problem, and only where infra has no route", () => {
    const wide = settings({ features: { gpuOperator: true }, monitoring: { gpuExporterRepository: undefined } });
    assert.throws(() => rejectUnreachable(wide, "none"), { problems: unreachableProblems(wide) });
    rejectUnreachable(wide, "internet");
    rejectUnreachable(wide, undefined);
  });
});

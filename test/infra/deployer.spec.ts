import assert from "node:assert/strict";
import dns from "node:dns/promises";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { ADDRESS_SERVICE_VARIABLE } from "../../contracts/environment";
import type { RunningCluster } from "../../infra/account";
import { findings } from "../../infra/checks";
import { deployerFindings } from "../../infra/deployer";
import { makeCertificates } from "../../rehearsal/cluster/certificates";
import { serveAddress } from "../../rehearsal/doubles/addressService";
import { deployedFromTheOffice, installAwsCli } from "../support/deployer";
import { withPreview } from "../support/settings";

const INSIDE = { public: false, private: true, cidrs: [] };
const open = (...cidrs: string[]) => ({ public: true, private: true, cidrs });

describe("the aws CLI that pulumi-eks needs", () => {
  const REMEDY =
    "Install version 2.7 or newer (or 1.24 or newer of version 1): " +
    "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
  const NONE = `There is no working aws CLI on the PATH. pulumi-eks and every kubeconfig need one. ${REMEDY}`;
  const unknown = (printed: string) =>
    `The aws command on the PATH prints no version of the aws CLI, but "${printed}". ${REMEDY}`;

  const cases: readonly { what: string; script: string; problem?: string }[] = [
    ...["1.24.0", "1.99.1", "2.7.0", "2.27.3"].map(version => ({
      what: `is new enough at ${version}`,
      script: `echo "aws-cli/${version} Python/3.13.2 Linux/6.1 exe/x86_64"`,
    })),
    ...["1.23.9", "2.0.0", "2.6.4"].map(version => ({
      what: `is too old at ${version}`,
      script: `echo "aws-cli/${version} Python/3.13.2"`,
      problem: `The aws CLI on the PATH is ${version}, too old for pulumi-eks. ${REMEDY}`,
    })),
    // A shell that finds no command exits with 127, as `env` does for a script without its interpreter.
    ...[1, 127].map(code => ({
      what: `does not work where it exits with ${code}`,
      script: `exit ${code}`,
      problem: NONE,
    })),
    {
      what: "is read after what a wrapper prints first",
      script: "echo 'asdf: a new version is out'; echo aws-cli/2.27.3 Python/3.13.2",
    },
    ...["something else", ""].map(printed => ({
      what: `is unknown where it prints "${printed}"`,
      script: `echo "${printed}"`,
      problem: unknown(printed),
    })),
  ];
  for (const { what, script, problem } of cases)
    it(what, async () => {
      const cli = installAwsCli(script);
      try {
        assert.deepEqual(
          await deployerFindings(INSIDE, undefined),
          findings({ problems: problem === undefined ? [] : [problem] }),
        );
      } finally {
        cli.remove();
      }
    });

  it("does not work where it is missing", async () => {
    const { PATH } = process.env;
    process.env.PATH = "";
    try {
      assert.deepEqual(await deployerFindings(INSIDE, undefined), findings({ problems: [NONE] }));
    } finally {
      process.env.PATH = PATH;
    }
  });
});

const rejected = (address: string, ...cidrs: string[]) =>
  `"llmd-infra:cluster.endpoint.cidrs" is [${cidrs.join(", ")}], and this machine deploys from ${address}: it would wait ` +
  `300 seconds for the API server in vain. Add ${address}/32, or deploy from inside the VPC.`;

describe("the address that a deployment comes from", () => {
  deployedFromTheOffice();
  let office: string | undefined;

  before(() => {
    office = process.env[ADDRESS_SERVICE_VARIABLE];
  });
  after(() => {
    process.env[ADDRESS_SERVICE_VARIABLE] = office;
  });

  const UNKNOWN = 'The public address of this machine is not known: make sure that "cidrs" has it.';

  for (const [answer, found] of [
    ["203.0.113.9", findings()],
    ["192.0.2.5", findings({ problems: [rejected("192.0.2.5", "198.51.100.0/24", "203.0.113.0/24")] })],
    ...["2001:db8::1", "999.1.1.1", "203.0.113.9, 10.0.0.1", "<html>a login page</html>"].map(
      other => [other, findings({ notices: [UNKNOWN] })] as const,
    ),
  ] as const)
    it(`is read from ${JSON.stringify(answer)}`, async () => {
      const service = await serveAddress(() => answer);
      process.env[ADDRESS_SERVICE_VARIABLE] = service.url;
      assert.deepEqual(await deployerFindings(open("198.51.100.0/24", "203.0.113.0/24"), undefined), found);
      service.close();
    });

  it("is not known where nothing answers", async () => {
    process.env[ADDRESS_SERVICE_VARIABLE] = "http://127.0.0.1:1";
    assert.deepEqual(await deployerFindings(open("203.0.113.0/24"), undefined), findings({ notices: [UNKNOWN] }));
  });
});

describe("a deployment from 203.0.113.7", () => {
  deployedFromTheOffice();
  const OFFICE = "203.0.113.0/24";
  const ELSEWHERE = "198.51.100.0/24";
  let server: ReturnType<typeof createSecureServer>;
  let endpoint = "";

  before(async () => {
    const { certificate, key } = (await makeCertificates()).server;
    server = createSecureServer({ cert: certificate, key }, (_request, response) => response.writeHead(401).end());
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => server.close());

  afterEach(() => {
    mock.restoreAll();
    delete process.env.HTTPS_PROXY;
  });

  const running = (cidrs: string[]): RunningCluster => ({ version: "1.35", endpoint, cidrs });
  const REJECTED = rejected("203.0.113.7", ELSEWHERE);
  const inVain = findings({ problems: [REJECTED] });

  it("reaches an API server that answers and keeps its ranges, in whatever order and whatever its own address", async () => {
    assert.deepEqual(await deployerFindings(open(ELSEWHERE, OFFICE), running([OFFICE, ELSEWHERE])), findings());
    assert.deepEqual(await deployerFindings(open(ELSEWHERE), running([ELSEWHERE])), findings());
  });

  it("does not reach one that answers now but will not with the new ranges", async () =>
    assert.deepEqual(await deployerFindings(open(ELSEWHERE), running([OFFICE])), inVain));

  it("reaches it from inside the VPC, where its name resolves to a private address", async () => {
    mock.method(dns, "lookup", () => Promise.resolve({ address: "10.0.3.4", family: 4 }));
    assert.deepEqual(await deployerFindings(open(ELSEWHERE), running([OFFICE])), findings());
  });

  it("does not reach a cluster that does not answer, or is not there", async () => {
    const silent = { ...running([ELSEWHERE]), endpoint: "https://127.0.0.1:1" };
    assert.deepEqual(await deployerFindings(open(ELSEWHERE), silent), inVain);
    assert.deepEqual(await deployerFindings(open(ELSEWHERE), undefined), inVain);
  });

  it("is not judged behind a proxy, whose address is the one that counts", async () => {
    process.env.HTTPS_PROXY = "http://proxy.example:3128";
    assert.deepEqual(
      await deployerFindings(open(ELSEWHERE), undefined),
      findings({
        notices: [
          'This machine reaches the API server through a proxy, whose public address is not known here: make sure that "cidrs" has it.',
        ],
      }),
    );
  });

  it("is not judged where the endpoint is inside the VPC alone", async () =>
    assert.deepEqual(await deployerFindings(INSIDE, undefined), findings()));

  describe("in a preview", () => {
    withPreview(true);

    it("is only a warning", async () =>
      assert.deepEqual(await deployerFindings(open(ELSEWHERE), undefined), findings({ warnings: [REJECTED] })));
  });
});

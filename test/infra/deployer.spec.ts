import assert from "node:assert/strict";
import dns from "node:dns/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { ADDRESS_SERVICE_VARIABLE } from "../../contracts/environment";
import type { RunningCluster } from "../../infra/account";
import { awsCliProblem, checkDeployer, publicAddress, rangeProblem } from "../../infra/deployer";
import { makeCertificates } from "../../rehearsal/cluster/certificates";
import { deployedFromTheOffice, installAwsCli } from "../support/deployer";
import { loggedBy } from "../support/settings";

describe("the aws CLI that pulumi-eks needs", () => {
  const REMEDY =
    "Install version 2.7 or newer (or 1.24 or newer of version 1): " +
    "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
  let cli: ReturnType<typeof installAwsCli> | undefined;
  const install = (script: string) => {
    cli = installAwsCli(script);
  };

  afterEach(() => cli?.remove());

  for (const version of ["1.24.0", "1.99.1", "2.7.0", "2.27.3"])
    it(`is good enough at ${version}`, async () => {
      install(`echo "aws-cli/${version} Python/3.13.2 Linux/6.1 exe/x86_64"`);
      assert.equal(await awsCliProblem(), undefined);
    });

  for (const version of ["1.23.9", "2.0.0", "2.6.4"])
    it(`is too old at ${version}`, async () => {
      install(`echo "aws-cli/${version} Python/3.13.2"`);
      assert.equal(await awsCliProblem(), `The aws CLI on the PATH is ${version}, too old for pulumi-eks. ${REMEDY}`);
    });

  // A shell that finds no command exits with 127, as `env` does for a script without its interpreter.
  for (const code of [1, 127])
    it(`is told of where it exits with ${code}`, async () => {
      install(`exit ${code}`);
      assert.equal(
        await awsCliProblem(),
        `There is no working aws CLI on the PATH, which pulumi-eks and every kubeconfig need. ${REMEDY}`,
      );
    });

  it("is told of where it is not there", async () => {
    const { PATH } = process.env;
    process.env.PATH = "";
    try {
      assert.match(String(await awsCliProblem()), /^There is no working aws CLI on the PATH/);
    } finally {
      process.env.PATH = PATH;
    }
  });

  it("is read after what a wrapper says first", async () => {
    install("echo 'asdf: a new version is out'; echo aws-cli/2.27.3 Python/3.13.2");
    assert.equal(await awsCliProblem(), undefined);
  });

  for (const said of ["something else", ""])
    it(`is told of with its own words where it says "${said}", which names no version`, async () => {
      install(`echo "${said}"`);
      assert.equal(
        await awsCliProblem(),
        `The aws command on the PATH names no version of the aws CLI but says "${said}". ${REMEDY}`,
      );
    });
});

describe("the address that an update comes from", () => {
  it("has to be in one of the endpoint's ranges, and the message says what to add", () => {
    assert.equal(rangeProblem("203.0.113.77", ["198.51.100.0/24", "203.0.113.0/24"]), undefined);
    assert.equal(
      rangeProblem("192.0.2.5", ["198.51.100.0/24", "203.0.113.0/24"]),
      '"llmd-infra:cluster.endpoint.cidrs" is [198.51.100.0/24, 203.0.113.0/24], and this machine deploys from 192.0.2.5: it ' +
        "would wait 300 seconds for the API server in vain. Add 192.0.2.5/32, or deploy from inside the VPC.",
    );
  });

  describe("as the address service tells it", () => {
    let server: Server;
    let answer = "";

    before(done => {
      server = createServer((_request, response) => response.end(answer)).listen(0, "127.0.0.1", done);
    });

    after(() => {
      server.close();
      delete process.env[ADDRESS_SERVICE_VARIABLE];
    });

    for (const [said, address] of [
      ["203.0.113.9\n", "203.0.113.9"],
      ["2001:db8::1\n", undefined],
      ["999.1.1.1\n", undefined],
      ["203.0.113.9, 10.0.0.1\n", undefined],
      ["<html>a login page</html>", undefined],
    ] as const)
      it(`is ${address ?? "unknown"} from ${JSON.stringify(said)}`, async () => {
        answer = said;
        process.env[ADDRESS_SERVICE_VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        assert.equal(await publicAddress(), address);
      });

    it("is unknown where nothing answers", async () => {
      process.env[ADDRESS_SERVICE_VARIABLE] = "http://127.0.0.1:1";
      assert.equal(await publicAddress(), undefined);
    });
  });
});

describe("an update from 203.0.113.7", () => {
  deployedFromTheOffice();
  const OFFICE = "203.0.113.0/24";
  const ELSEWHERE = "198.51.100.0/24";
  let server: Server;
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

  const check = (cidrs: string[], cluster?: RunningCluster) =>
    checkDeployer({ public: true, private: true, cidrs }, cluster);
  const running = (cidrs: string[]): RunningCluster => ({ version: "1.35", endpoint, cidrs });
  const refused = { problems: [rangeProblem("203.0.113.7", [ELSEWHERE])] };

  it("is taken where the ranges stay as they are and the API server answers, whatever the address service says", async () =>
    check([ELSEWHERE, OFFICE], running([OFFICE, ELSEWHERE])).then(() => check([ELSEWHERE], running([ELSEWHERE]))));

  it("is refused where the API server answers now and would not with the new ranges", () =>
    assert.rejects(check([ELSEWHERE], running([OFFICE])), refused));

  it("is taken from inside the VPC, where the API server's name stands for a private address", async () => {
    mock.method(dns, "lookup", () => Promise.resolve({ address: "10.0.3.4", family: 4 }));
    await check([ELSEWHERE], running([OFFICE]));
  });

  it("is refused where the cluster that is there does not answer, and where there is none", async () => {
    const silent = { ...running([ELSEWHERE]), endpoint: "https://127.0.0.1:1" };
    await assert.rejects(check([ELSEWHERE], silent), refused);
    await assert.rejects(check([ELSEWHERE]), refused);
  });

  it("is not judged behind a proxy, whose address is the one that counts", async () => {
    process.env.HTTPS_PROXY = "http://proxy.example:3128";
    const { notices } = await loggedBy(() => check([ELSEWHERE]));
    assert.deepEqual(notices, [
      'This machine reaches the API server through a proxy, whose public address is not known here: see that "cidrs" has it.',
    ]);
  });

  it("is not judged where the endpoint is inside the VPC alone", () =>
    checkDeployer({ public: false, private: true, cidrs: [] }, undefined));
});

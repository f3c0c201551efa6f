import assert from "node:assert/strict";
import { entryPlan, entryUrl } from "../../../platform/entry/plan";
import { AT_GATEWAY, AT_LOAD_BALANCER, entryWith, IN_CLEAR } from "./support";

const SAME = { namespaces: { from: "Same" } };
const redirect = { name: "redirect", port: 80, protocol: "HTTP", hostname: "llm.acme.dev", allowedRoutes: SAME };

describe("the entry's listeners", () => {
  it("are one on port 80 for every name where nobody ends TLS", () => {
    const plan = entryPlan(IN_CLEAR);
    const main = { name: "main", port: 80, protocol: "HTTP", allowedRoutes: SAME };
    assert.deepEqual(plan, {
      tlsAt: "none",
      listeners: [main],
      main,
      ports: [{ name: "http", port: 80, targetPort: 80 }],
    });
    assert.equal(entryUrl(plan, "nlb.amazonaws.com"), "http://nlb.amazonaws.com");
  });

  it("answer one name only where there is one", () => {
    const { main } = entryPlan(entryWith({ hostname: "llm.acme.dev" }));
    assert.equal(main.hostname, "llm.acme.dev");
  });

  it("tell 443 from 80 where the load balancer ends TLS, and let none of the two do for the other", () => {
    const plan = entryPlan(AT_LOAD_BALANCER);
    const main = { name: "main", port: 8080, protocol: "HTTP", hostname: "llm.acme.dev", allowedRoutes: SAME };
    assert.deepEqual(plan, {
      tlsAt: "loadBalancer",
      listeners: [main, redirect],
      main,
      redirect,
      ports: [
        { name: "https", port: 443, targetPort: 8080 },
        { name: "redirect", port: 80, targetPort: 80 },
      ],
    });
    assert.equal(entryUrl(plan, "llm.acme.dev"), "https://llm.acme.dev");
  });

  it("end TLS with cert-manager's certificate where the gateway does", () => {
    const plan = entryPlan(AT_GATEWAY);
    const main = {
      name: "main",
      port: 443,
      protocol: "HTTPS",
      hostname: "llm.acme.dev",
      allowedRoutes: SAME,
      tls: { mode: "Terminate", certificateRefs: [{ name: "llmd-entry-tls" }] },
    };
    assert.deepEqual(plan, {
      tlsAt: "gateway",
      listeners: [main, redirect],
      main,
      redirect,
      ports: [
        { name: "https", port: 443, targetPort: 443 },
        { name: "redirect", port: 80, targetPort: 80 },
      ],
    });
    assert.equal(entryUrl(plan, "llm.acme.dev"), "https://llm.acme.dev");
  });
});

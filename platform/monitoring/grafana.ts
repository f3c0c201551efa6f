/** Grafana: who may log in, and what it is told. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { PINS } from "../../catalog/versions";
import { RESOURCES } from "../podSizes";

/** What Grafana loads dashboards by; upstream's, and the chart's. */
export const DASHBOARD_LABEL = { grafana_dashboard: "1" } as const;

const ADMIN_KEYS = { user: "admin-user", password: "admin-password" } as const;

export interface GrafanaAccess {
  /** Name of the Secret with user and password of the administrator. */
  readonly secretName: pulumi.Output<string>;
  /** Name of the Role that lets Grafana find its dashboards. */
  readonly roleName: pulumi.Output<string>;
}

/** A password nobody has seen, and the right to read ConfigMaps; the chart's own role reads Secrets as well. */
export function createGrafanaAccess(
  name: string,
  { namespace, clusterName }: Record<"namespace" | "clusterName", pulumi.Input<string>>,
  opts: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): GrafanaAccess {
  const password = new random.RandomPassword(
    `${name}-grafana-admin`,
    // Letters and digits, so that it can be pasted anywhere. One a cluster, and none before there is one.
    { length: 32, special: false, keepers: { clusterName } },
    { parent: opts.parent },
  );
  const secret = new k8s.core.v1.Secret(
    `${name}-grafana-admin`,
    {
      metadata: { name: "llmd-grafana-admin", namespace },
      stringData: { [ADMIN_KEYS.user]: "admin", [ADMIN_KEYS.password]: password.result },
    },
    opts,
  );
  const role = new k8s.rbac.v1.Role(
    `${name}-grafana`,
    {
      metadata: { name: "llmd-grafana-dashboards", namespace },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
    },
    opts,
  );
  return { secretName: secret.metadata.name, roleName: role.metadata.name };
}

/** Newer than the chart's own, for its security fixes. */
const image = { tag: PINS.grafana.version };

interface GrafanaNames {
  readonly secretName: pulumi.Input<string>;
  readonly roleName: pulumi.Input<string>;
}

/**
 * Nothing is kept: dashboards are code, and what is changed in the browser is gone when the pod is. The password is read
 * when the pod starts.
 */
export const grafanaValues = ({ secretName, roleName }: GrafanaNames) => ({
  image,
  admin: { existingSecret: secretName, userKey: ADMIN_KEYS.user, passwordKey: ADMIN_KEYS.password },
  persistence: { enabled: false },
  rbac: { namespaced: true, useExistingRole: roleName },
  // Of the namespace it runs in only, whoever may make ConfigMaps elsewhere.
  sidecar: {
    dashboards: { ...fromConfigMaps, label: "grafana_dashboard", labelValue: DASHBOARD_LABEL.grafana_dashboard },
    datasources: fromConfigMaps,
    resources: RESOURCES.grafanaSidecar,
  },
  "grafana.ini": SERVER,
  resources: RESOURCES.grafana,
  // A pod that Helm runs for `helm test`, which nobody does here.
  testFramework: { enabled: false },
});

const fromConfigMaps = { searchNamespace: "", resource: "configmap" };

/** Logs in by password only, calls nobody, and leaves alerts to Alertmanager. */
const SERVER = {
  analytics: {
    check_for_updates: false,
    check_for_plugin_updates: false,
    feedback_links_enabled: false,
    reporting_enabled: false,
  },
  "auth.anonymous": { enabled: false },
  news: { news_feed_enabled: false },
  // Otherwise it loads plugins from the internet when it starts.
  plugins: { plugin_admin_enabled: false, preinstall_disabled: true },
  security: { content_security_policy: true, cookie_samesite: "strict", disable_gravatar: true },
  snapshots: { external_enabled: false },
  unified_alerting: { enabled: false },
  users: { allow_org_create: false, allow_sign_up: false },
};

/** Grafana: its login, its permissions and its chart values. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { PINS } from "../../catalog/versions";
import { RESOURCES } from "../podSizes";

/** Label of ConfigMaps with dashboards, as in upstream and in the chart. */
export const DASHBOARD_LABEL = { grafana_dashboard: "1" } as const;

const ADMIN_KEYS = { user: "admin-user", password: "admin-password" } as const;

interface GrafanaAccess {
  /** Name of the Secret with the administrator's user and password. */
  readonly secretName: pulumi.Output<string>;
  /** Name of the Role that lets Grafana find its dashboards. */
  readonly roleName: pulumi.Output<string>;
}

/** Creates a random password, and a Role that reads ConfigMaps only; the chart's role also reads Secrets. */
export function createGrafanaAccess(
  name: string,
  { namespace, clusterName }: Record<"namespace" | "clusterName", pulumi.Input<string>>,
  opts: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): GrafanaAccess {
  const password = new random.RandomPassword(
    `${name}-grafana-admin`,
    // Letters and digits are easy to paste. A new cluster gets a new password.
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

/** A newer image than the chart's, for its security fixes. */
const image = { tag: PINS.grafana.version };

interface GrafanaNames {
  readonly secretName: pulumi.Input<string>;
  readonly roleName: pulumi.Input<string>;
}

/** Chart values. Grafana stores nothing: dashboards are code, and changes in the browser are lost with the pod. */
export const grafanaValues = ({ secretName, roleName }: GrafanaNames) => ({
  image,
  admin: { existingSecret: secretName, userKey: ADMIN_KEYS.user, passwordKey: ADMIN_KEYS.password },
  persistence: { enabled: false },
  rbac: { namespaced: true, useExistingRole: roleName },
  // ConfigMaps of its own namespace only.
  sidecar: {
    dashboards: { ...fromConfigMaps, label: "grafana_dashboard", labelValue: DASHBOARD_LABEL.grafana_dashboard },
    datasources: fromConfigMaps,
    resources: RESOURCES.grafanaSidecar,
  },
  "grafana.ini": SERVER,
  resources: RESOURCES.grafana,
  // A pod for `helm test`, which is not used.
  testFramework: { enabled: false },
});

const fromConfigMaps = { searchNamespace: "", resource: "configmap" };

/** Login by password only, no outgoing connections, and no alerting beside Alertmanager. */
const SERVER = {
  analytics: {
    check_for_updates: false,
    check_for_plugin_updates: false,
    feedback_links_enabled: false,
    reporting_enabled: false,
  },
  "auth.anonymous": { enabled: false },
  news: { news_feed_enabled: false },
  // By default it downloads plugins at its start.
  plugins: { plugin_admin_enabled: false, preinstall_disabled: true },
  security: { content_security_policy: true, cookie_samesite: "strict", disable_gravatar: true },
  snapshots: { external_enabled: false },
  unified_alerting: { enabled: false },
  users: { allow_org_create: false, allow_sign_up: false },
};

/**
 * Grafana's own schema, which it publishes as TypeScript only: values are written into a file as literals, and the compiler
 * says what does not fit. Other than a type check of our code, this sees what the builders really made.
 */
import { join } from "node:path";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import ts from "typescript";
import { panelsOf } from "./dashboards";

const ROOT = join(__dirname, "../..");

/** Nowhere; beside node_modules, so that imports are found. */
const FILE = join(ROOT, "dashboards.generated.ts");

const SCHEMA = "@grafana/schema/dist/esm/raw";

const IMPORTS = `
import type { Dashboard, Panel, RowPanel, VariableModel } from "${SCHEMA}/dashboard/x/Dashboard_types.gen";
import type { Options as stat } from "${SCHEMA}/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { FieldConfig as custom, Options as timeseries }
  from "${SCHEMA}/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** As JSON has it: an enum's member is its value. */
type Json<T> = T extends string ? \`\${T}\`
  : T extends readonly (infer Item)[] ? Json<Item>[]
  : T extends object ? { [Key in keyof T]: Json<T[Key]> }
  : T;

type Custom = Partial<Json<custom>>;
`;

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** What Grafana's schema has against the dashboards. */
export function schemaProblems(dashboards: readonly Dashboard[]): string[] {
  // As Grafana reads them: what is undefined is not there.
  const plain: Dashboard[] = JSON.parse(JSON.stringify(dashboards));
  const values = plain.flatMap(dashboard => [
    literal("Dashboard", { ...dashboard, panels: [], templating: {} }),
    ...(dashboard.templating?.list ?? []).map(variable => literal("VariableModel", variable)),
    ...(dashboard.panels ?? []).filter(({ type }) => type === "row").map(row => literal("RowPanel", row)),
    ...panelsOf(dashboard).flatMap(panelLiterals),
  ]);
  return compilerFindings(IMPORTS + values.map((value, index) => `export const value${index}${value};\n`).join(""));
}

/** A panel, and what its kind of panel alone knows. */
const panelLiterals = (panel: Panel): string[] => [
  literal("Panel", panel),
  literal(panel.type, panel.options ?? {}, `Partial<Json<${panel.type}>>`),
  ...(panel.type === "timeseries" ? [literal("Custom", panel.fieldConfig?.defaults.custom ?? {}, "Custom")] : []),
];

const literal = (type: string, value: object, annotation = `Json<${type}>`): string =>
  `: ${annotation} = ${JSON.stringify(value)}`;

function compilerFindings(source: string): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === FILE
      ? ts.createSourceFile(FILE, source, OPTIONS.target ?? ts.ScriptTarget.ES2024)
      : getSourceFile(name, ...rest);
  host.fileExists = name => name === FILE || fileExists(name);
  const program = ts.createProgram([FILE], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

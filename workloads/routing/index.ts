/** How a request finds a model: the route to its pools, and each pool with its picker. */
export { type Call, callOf } from "./endpoint";
export { createPool } from "./pool";
export {
  createRoute,
  modelPath,
  REVISION_HEADER,
  type RouteArgs,
  type RoutedModel,
  type RoutedRevision,
} from "./route";

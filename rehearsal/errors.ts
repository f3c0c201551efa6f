/** A problem its reader can fix: printed as it stands, without a stack trace. */
export class VisibleError extends Error {}

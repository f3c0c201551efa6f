/** A problem that the reader can fix. Its message is printed without a stack trace. */
export class VisibleError extends Error {}

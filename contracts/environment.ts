/** Environment variables that programs read, beside those of Pulumi and AWS. */

/** `true` in a rehearsal, whose account is simulated. The rehearsal sets it. */
export const REHEARSAL_VARIABLE = "LLMD_REHEARSAL";

/** URL of an HTTP service that answers with the caller's IPv4 address, for networks that do not reach AWS's own. */
export const ADDRESS_SERVICE_VARIABLE = "LLMD_ADDRESS_SERVICE";

/** Paths that the OIDC provider redirects to. Both URLs must be registered at the provider. */
export const SIGNED_IN_PATH = '/console/signed-in';
export const SIGNED_OUT_PATH = '/console/signed-out';

/** Where an OIDC provider sends people back to, on the page's origin: the provider has to know both URLs. */
export const SIGNED_IN_PATH = '/console/signed-in';
export const SIGNED_OUT_PATH = '/console/signed-out';

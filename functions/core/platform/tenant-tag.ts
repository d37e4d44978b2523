/** Key of the session tag that names the tenant whose data a session of an API function may touch. */
export const TENANT_TAG = 'tenant';

/** The session's tenant, as policies name it. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM fills it in, at each request.
export const SESSION_TENANT = '${aws:PrincipalTag/tenant}';

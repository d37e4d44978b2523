/** Key of the session tag that names the tenant of an API function's session. */
export const TENANT_TAG = 'tenant';

/** The session's tenant as an IAM policy variable. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM fills it in, at each request.
export const SESSION_TENANT = '${aws:PrincipalTag/tenant}';

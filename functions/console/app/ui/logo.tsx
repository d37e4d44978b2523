/** The product's logo without its name. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4338ca" />
      <rect x="7" y="8" width="18" height="4" rx="2" fill="#fff" />
      <rect x="7" y="14" width="12" height="4" rx="2" fill="#c7d2fe" />
      <rect x="7" y="20" width="15" height="4" rx="2" fill="#818cf8" />
    </svg>
  );
}

/** Milliseconds after which the restoration ends, even if the page is still too short. */
const MAX_WAIT_MS = 3_000;

/** Events that show that the user has started to use the page. */
const INPUT = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scrolls to a position as soon as the page is tall enough. Gives up after three seconds, or when the user starts to
 * use the page.
 *
 * @param onSettled called once, when the position is reached or given up
 * @returns a function that ends the restoration early
 */
export function restoreScroll(scrollY: number, onSettled: () => void): () => void {
  const end = performance.now() + MAX_WAIT_MS;
  let frame = 0;
  const finish = () => {
    cancelAnimationFrame(frame);
    for (const event of INPUT) removeEventListener(event, finish);
    onSettled();
  };
  const tryScroll = () => {
    const maxScroll = document.documentElement.scrollHeight - innerHeight;
    if (maxScroll >= scrollY) scrollTo(0, scrollY);
    if (maxScroll >= scrollY || performance.now() > end) finish();
    else frame = requestAnimationFrame(tryScroll);
  };
  for (const event of INPUT) addEventListener(event, finish, { passive: true });
  // The page of the entry is rendered in the frame after the next one.
  frame = requestAnimationFrame(() => {
    frame = requestAnimationFrame(tryScroll);
  });
  return finish;
}

/** A page that takes longer to load stays where it is. */
const MAX_WAIT_MS = 3_000;

/** Input of a person who has begun to use the page. */
const INPUT = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scrolls to a position as soon as the page is tall enough for it. Gives up after three seconds, or when the person
 * starts to use the page.
 *
 * @param onSettled called once, when the position is reached or given up
 * @returns what gives up early
 */
export function restoreScroll(scrollY: number, onSettled: () => void): () => void {
  const end = performance.now() + MAX_WAIT_MS;
  let frame = 0;
  const settle = () => {
    cancelAnimationFrame(frame);
    for (const event of INPUT) removeEventListener(event, settle);
    onSettled();
  };
  const look = () => {
    const lowest = document.documentElement.scrollHeight - innerHeight;
    if (lowest >= scrollY) scrollTo(0, scrollY);
    if (lowest >= scrollY || performance.now() > end) settle();
    else frame = requestAnimationFrame(look);
  };
  for (const event of INPUT) addEventListener(event, settle, { passive: true });
  // The frame after the next one: by then the page of the entry is drawn.
  frame = requestAnimationFrame(() => {
    frame = requestAnimationFrame(look);
  });
  return settle;
}

import { defineScript } from 'jobdeck';

/** Greets a name and counts the greetings. */
export default defineScript({
  args: ([name = 'world']: readonly [name?: string]) => ({ name }),
  async run({ args, log, state }) {
    const count = ((await state.get<number>('hello.count')) ?? 0) + 1;
    await state.set('hello.count', count);
    log.info(`Hello, ${args.name}! This is greeting ${count}.`);
  },
});

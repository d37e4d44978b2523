import { defineConfig } from 'jobdeck';

export default defineConfig({
  stages: {
    // `npx jobdeck deploy --stage prod` deploys this stage. All settings have defaults.
    prod: {},
  },
});

import { defineConfig } from 'jobdeck';

export default defineConfig({
  stages: {
    // `npx jobdeck deploy --stage prod` deploys this stage. All settings have defaults; `account` and `region` are those of
    // the credentials.
    prod: {},
  },
});

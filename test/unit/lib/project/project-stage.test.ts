import { describe, expect, it } from 'vitest';
import { stageConfig } from '../../../../lib/config.ts';
import { projectStage } from '../../../../lib/project/project-stage.ts';

describe('projectStage', () => {
  it('returns the settings of the project with all defaults', () => {
    expect(projectStage({ stages: { prod: { workers: 7 } } }, 'prod')).toEqual(stageConfig('prod', { workers: 7 }));
  });

  it('ignores the URL of the stage, which the command line reads', () => {
    const stages = { prod: { url: 'https://jobs.example.test' }, local: { url: 'http://127.0.0.1:1' } };

    expect(projectStage({ stages }, 'prod')).toEqual(stageConfig('prod', {}));
    expect(projectStage({ stages }, 'local')).toEqual(stageConfig('local'));
  });

  it.each([['prod'], ['dev'], ['toString']])('rejects the stage %s that the project does not declare', (name) => {
    const stages = { live: {}, test1: {} };

    expect(() => projectStage({ stages }, name)).toThrow(
      `There is no stage "${name}" in jobdeck.config.ts. The stages are: live, test1.`,
    );
  });

  it('reports that a project declares no stage', () => {
    expect(() => projectStage({ stages: {} }, 'prod')).toThrow(/in jobdeck\.config\.ts\. It declares no stage\.$/);
  });

  it('names the file and the setting that is invalid', () => {
    expect(() => projectStage({ stages: { prod: { workers: 1 } } }, 'prod')).toThrow(
      'jobdeck.config.ts: Stage prod: workers must be an integer in 2–1000, got 1.',
    );
  });

  it('changes the local stage of this package by the settings of the project', () => {
    const local = projectStage({ stages: { local: { workers: 3 } } }, 'local');

    expect(local).toEqual({ ...stageConfig('local'), workers: 3 });
    expect(projectStage({ stages: {} }, 'local')).toEqual(stageConfig('local'));
  });
});

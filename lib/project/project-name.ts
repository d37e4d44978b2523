import { ProjectError } from './project-error.ts';

const PROJECT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws ProjectError that names the file if the text cannot be the name of a project */
export function validateProjectName(name: string, file: string): string {
  if (PROJECT_NAME.test(name)) return name;
  throw new ProjectError(`${file}: name must be 1–64 of A–Z a–z 0–9 _ -, got '${name}'`);
}

/**
 * Converts the name of a package or a folder to the characters of a project's name: `@payments/jobs` becomes
 * `payments-jobs`. The scope stays, because jobs are deleted by the name of their project.
 */
export const toProjectName = (name: string): string => name.replace(/^@/, '').replace(/[^A-Za-z0-9_-]/g, '-');

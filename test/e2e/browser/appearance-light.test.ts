import { describeAppearance } from './support/appearance.ts';

describeAppearance('light');

import { useState } from 'preact/hooks';
import type { Versioned } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import { type Difference, differencesBetween } from '../view/differences.ts';

const PRECONDITION_FAILED = 412;

export interface VersionedEditOptions<Value, Draft> {
  /** Loads the current version. */
  readonly load: () => Promise<Versioned<Value>>;
  /** Saves a draft as a change of `from`. Rejects with 412 if `from` is not the current version. */
  readonly save: (from: Versioned<Value>, draft: Draft) => Promise<unknown>;
  /** Called after the draft was saved. */
  readonly onSaved: () => void;
  /** The fields of a version and of a draft, for the comparison. */
  readonly toFields: (value: Value) => Readonly<Record<string, unknown>>;
  readonly draftToFields: (draft: Draft) => Readonly<Record<string, unknown>>;
}

/** Another user saved a change while a draft was edited. */
export interface EditConflict {
  readonly differences: readonly Difference[];
  /** Discards the draft: the editor starts again from the other version. */
  readonly acceptTheirs: () => void;
  /** Saves the draft over the other version. */
  readonly overwriteTheirs: () => Promise<void>;
  /** Returns to the draft. */
  readonly continueEditing: () => void;
}

export interface VersionedEdit<Value, Draft> {
  /** The version that the draft is based on. It does not change when the page loads a newer version. */
  readonly base: Versioned<Value>;
  readonly save: (draft: Draft) => Promise<void>;
  readonly conflict: EditConflict | undefined;
}

/** Edits one version of a value and detects changes that were saved meanwhile. */
export function useVersionedEdit<Value, Draft>(
  opened: Versioned<Value>,
  { load, save, onSaved, toFields, draftToFields }: VersionedEditOptions<Value, Draft>,
): VersionedEdit<Value, Draft> {
  const [base, setBase] = useState(opened);
  const [conflict, setConflict] = useState<{ readonly theirs: Versioned<Value>; readonly mine: Draft }>();
  const differences = (theirs: Versioned<Value>, mine: Draft) =>
    differencesBetween(toFields(base.value), toFields(theirs.value), draftToFields(mine));

  const saveDraft = async (from: Versioned<Value>, draft: Draft): Promise<void> => {
    try {
      await save(from, draft);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== PRECONDITION_FAILED) throw error;
      const theirs = await load();
      // Both users made the same change: there is no conflict.
      if (differences(theirs, draft).length > 0) return setConflict({ theirs, mine: draft });
    }
    onSaved();
  };

  return {
    base,
    save: (draft) => saveDraft(base, draft),
    conflict: conflict && {
      differences: differences(conflict.theirs, conflict.mine),
      acceptTheirs: () => {
        setBase(conflict.theirs);
        setConflict(undefined);
      },
      overwriteTheirs: () => saveDraft(conflict.theirs, conflict.mine),
      continueEditing: () => setConflict(undefined),
    },
  };
}

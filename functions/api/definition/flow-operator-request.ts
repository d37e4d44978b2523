import * as z from 'zod';
import { JSON_PATH } from '../../core/domain/flow/json-path.ts';
import { MAX_OPERATOR_RATE, MIN_OPERATOR_RATE } from '../../core/domain/flow/operator-rate.ts';
import type { Json } from '../../core/domain/json.ts';
import {
  flag,
  integer,
  mapOf,
  matchingText,
  name,
  orComputed,
  orDefault,
  text,
  textOrEmpty,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

export const OPERATOR_ID = /^[A-Za-z0-9_-]{1,64}$/;
export const OPERATOR_ID_RULE = '1–64 of A–Z a–z 0–9 _ -';
const MAX_EXPRESSION_LENGTH = 8_192;

/** Any JSON value. */
export const json = lazy(() => z.unknown() as unknown as z.ZodType<Json>);

/** A JSONata expression. */
export const expression = () => text(MAX_EXPRESSION_LENGTH);

/** A path into JSON. */
export const path = () =>
  matchingText(JSON_PATH, '1–256 characters: names joined by dots, such as data.items or data."odd.name"', 256);

/** Name of a collection. */
export const collection = () => matchingText(/^[A-Za-z0-9_-]{1,64}$/, '1–64 of A–Z a–z 0–9 _ -');

/** Fields of every operator. `withDefaultName` computes the values that are `null`. */
export const operator = lazy(() => ({
  id: orComputed(matchingText(OPERATOR_ID, OPERATOR_ID_RULE)),
  name: orComputed(name(200)),
}));

/** Fields of every operator except `preview`, which keeps its records in any case. */
export const tappableOperator = lazy(() => ({ ...operator(), tap: orDefault(flag(), undefined) }));

export const request = lazy(() => ({
  url: text(2_048),
  headers: orDefault(mapOf(textOrEmpty(4_096)), {}),
  requestsPerSecond: orDefault(integer(MIN_OPERATOR_RATE, MAX_OPERATOR_RATE), undefined),
}));

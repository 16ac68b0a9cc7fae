/** Questions before a beat: what will a call answer? The recording has the answer. */
import type { Stop } from './timeline.js';

/** A question before a beat. */
export interface Prediction {
  beat: number;
  question: string;
  /** One of them is right; each says why. */
  choices: { text: string; isRight?: boolean; why: string }[];
  /** It is asked with this set of recordings only. */
  whatIf?: string;
}

/** A prediction that is asked now, and the choice that was made. */
export interface Question {
  prediction: Prediction;
  choice: number | null;
}

/** The prediction to ask before a stop, unless it was asked already: it is the first of its beat. */
export function predictionBefore(
  stop: Stop | undefined,
  predictions: readonly Prediction[],
  whatIf: string,
  asked: { has(prediction: Prediction): boolean },
): Prediction | undefined {
  if (stop?.i !== 1) return undefined;
  return predictions.find(
    (one) => one.beat === stop.beat && (one.whatIf ?? '') === whatIf && !asked.has(one),
  );
}

/** Yes or no, and why. */
export function verdict({ prediction, choice }: Question): string {
  const chosen = choice === null ? undefined : prediction.choices[choice];
  return chosen === undefined ? '' : `${chosen.isRight ? 'Yes.' : 'No.'} ${chosen.why}`;
}

import { lazy } from '../lazy.ts';

/**
 * IANA names by area that `Intl` accepts but does not list (`Intl.supportedValuesOf` returns one spelling per zone).
 * The names are listed here because `Intl` ignores case and accepts additional names (`PST`, `+05:30`), while
 * EventBridge does neither. Source: tzdata 2025b, zones and links.
 */
const UNLISTED: Readonly<Record<string, string>> = {
  '': `CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran
    Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK
    Singapore Turkey UCT UTC Universal W-SU WET Zulu`,
  'Africa/': 'Asmara Timbuktu',
  'America/': `Argentina/Buenos_Aires Argentina/Catamarca Argentina/ComodRivadavia Argentina/Cordoba Argentina/Jujuy
    Argentina/Mendoza Atikokan Atka Ensenada Fort_Wayne Indiana/Indianapolis Kentucky/Louisville Knox_IN Montreal
    Nipigon Nuuk Pangnirtung Porto_Acre Rainy_River Rosario Santa_Isabel Shiprock Thunder_Bay Virgin Yellowknife`,
  'Antarctica/': 'South_Pole',
  'Asia/': `Ashkhabad Choibalsan Chongqing Chungking Dacca Harbin Ho_Chi_Minh Istanbul Kashgar Kathmandu Kolkata Macao
    Tel_Aviv Thimbu Ujung_Pandang Ulan_Bator Yangon`,
  'Atlantic/': 'Faroe Jan_Mayen',
  'Australia/': 'ACT Canberra Currie LHI NSW North Queensland South Tasmania Victoria West Yancowinna',
  'Brazil/': 'Acre DeNoronha East West',
  'Canada/': 'Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon',
  'Chile/': 'Continental EasterIsland',
  'Etc/': `GMT GMT+0 GMT+1 GMT+10 GMT+11 GMT+12 GMT+2 GMT+3 GMT+4 GMT+5 GMT+6 GMT+7 GMT+8 GMT+9 GMT-0 GMT-1 GMT-10
    GMT-11 GMT-12 GMT-13 GMT-14 GMT-2 GMT-3 GMT-4 GMT-5 GMT-6 GMT-7 GMT-8 GMT-9 GMT0 Greenwich UCT UTC Universal Zulu`,
  'Europe/': 'Belfast Kyiv Nicosia Tiraspol Uzhgorod Zaporozhye',
  'Mexico/': 'BajaNorte BajaSur General',
  'Pacific/': 'Chuuk Johnston Kanton Pohnpei Samoa Yap',
  'US/': `Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan Mountain Pacific Samoa`,
};

/** All names. Created on the first use, because `Intl` takes 2 ms to list them and most invocations validate no schedule. */
const names = lazy((): ReadonlySet<string> => {
  const unlisted = Object.entries(UNLISTED).flatMap(([area, names]) => names.split(/\s+/).map((name) => area + name));
  return new Set([...Intl.supportedValuesOf('timeZone'), ...unlisted]);
});

const byLowerCase = lazy(
  (): ReadonlyMap<string, string> => new Map([...names()].map((name) => [name.toLowerCase(), name])),
);

/** Returns the IANA spelling of a time zone name in any case, or `undefined` for an unknown name. */
export function findTimezone(name: string): string | undefined {
  return byLowerCase().get(name.toLowerCase());
}

/** Checks whether `name` is an IANA time zone in IANA's spelling. Links such as `US/Eastern` count. */
export function isTimezone(name: string): boolean {
  return names().has(name);
}

/** The modules of the pages about calendars. They form one chunk, loaded when the first of them is shown. */
import '../styles/calendars.css';

export { CalendarPage } from './calendar-page.tsx';
export { CalendarsPage } from './calendars-page.tsx';

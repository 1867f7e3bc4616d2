#pragma once

/* Readline declares its functions with stdio's types and is steered through global variables,
   which Swift 6 refuses as shared mutable state. Each one that merepl uses gets a function here. */

#include <stdio.h>
#include <readline/history.h>
#include <readline/readline.h>

typedef char **CReadline_Completer(const char *word, int start, int end);
typedef char *CReadline_WordBreaks(void);
typedef void CReadline_MatchDisplay(char **matches, int count, int longest);

/* The name by which ~/.inputrc may hold settings for this program. */
static inline void CReadline_setName(const char *name) { rl_readline_name = name; }

/* What reads a byte of input; returns EOF at its end. */
static inline void CReadline_setReader(rl_getc_func_t *reader) { rl_getc_function = reader; }

/* Prompt and echo go to standard error when standard output is not a terminal. */
static inline void CReadline_writeToStandardError(void) { rl_outstream = stderr; }

/* `completer` is the only source of completions: no file names by default. */
static inline void CReadline_setCompletion(
    CReadline_Completer *completer, CReadline_WordBreaks *breaks, CReadline_MatchDisplay *display) {
  rl_attempted_completion_function = completer;
  rl_completion_word_break_hook = breaks;
  rl_completion_display_matches_hook = display;
  rl_completer_quote_characters = "";
  /* Readline itself would close every string that it completes, also behind a folder. */
  rl_basic_quote_characters = "";
}

/* Keeps readline from trying its own completion after ours found nothing. */
static inline void CReadline_finishCompletion(char appended) {
  rl_attempted_completion_over = 1;
  rl_completion_append_character = appended;
  rl_completion_suppress_append = appended == '\0';
}

/* Whether Ctrl-R or Ctrl-S searches the history. */
static inline int CReadline_isSearching(void) { return RL_ISSTATE(RL_STATE_ISEARCH) != 0; }

static inline const char *CReadline_line(void) { return rl_line_buffer; }
static inline int CReadline_cursor(void) { return rl_point; }

/* Entries of several lines survive in the file because each begins with its time. */
static inline void CReadline_keepMultilineHistory(void) {
  history_comment_char = '#';
  history_write_timestamps = 1;
}

static inline int CReadline_historyLength(void) { return history_length; }

/* The text of entry `index`, counted from 0; NULL outside. */
static inline const char *CReadline_historyEntry(int index) {
  HIST_ENTRY *entry = history_get(history_base + index);
  return entry ? entry->line : NULL;
}

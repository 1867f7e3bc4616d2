;;; me-mode.el --- Editing merepl's .me scripts  -*- lexical-binding: t; -*-

;;; Commentary:

;; Colours, comments and indentation of .me scripts.  With eglot:
;;   (add-to-list 'eglot-server-programs '(me-mode . ("merepl" "lsp")))

;;; Code:

(defconst me-mode-keywords '("let" "fn" "for" "in" "if" "else" "and" "or" "not"))
(defconst me-mode-constants '("true" "false" "none"))
(defconst me-mode-statements '("param" "seed" "include" "table" "row" "claim" "figure"))
(defconst me-mode-clauses '("key" "beside"))

(defvar me-mode-font-lock-keywords
  `(("\\`me +[0-9]+" . font-lock-preprocessor-face)
    ("^##.*$" . (0 font-lock-doc-face t))
    (,(concat "\\(?:^\\|[;{]\\)\\s-*\\(" (regexp-opt me-mode-statements) "\\)\\_>\\s-+[\"A-Za-z_0-9]")
     1 font-lock-keyword-face)
    (,(regexp-opt (append me-mode-keywords me-mode-clauses) 'symbols) . font-lock-keyword-face)
    (,(regexp-opt me-mode-constants 'symbols) . font-lock-constant-face)
    ("\\_<\\([A-Za-z_][A-Za-z0-9_]*\\)\\s-*:" 1 font-lock-variable-name-face)
    ("\\_<\\([A-Za-z_][A-Za-z0-9_]*\\)(" 1 font-lock-function-name-face)))

(defvar me-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?_ "_" table)
    table))

(defun me-mode-indent-line ()
  "Indent by two columns for each bracket that is open at the line's beginning."
  (interactive)
  (let ((depth (save-excursion
                 (back-to-indentation)
                 (let ((open (car (syntax-ppss))))
                   (if (looking-at "\\s)") (1- open) open)))))
    (save-excursion (indent-line-to (* 2 (max 0 depth))))
    (when (< (current-column) (current-indentation)) (back-to-indentation))))

;;;###autoload
(define-derived-mode me-mode prog-mode "me"
  "Major mode for merepl's .me scripts."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+ *")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'me-mode-indent-line)
  (setq-local font-lock-defaults '(me-mode-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.me\\'" . me-mode))

(provide 'me-mode)
;;; me-mode.el ends here

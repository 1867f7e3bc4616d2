" Colours of merepl's .me scripts.
if exists("b:current_syntax")
  finish
endif

syntax keyword meKeyword let fn for in if else
syntax keyword meOperatorWord and or not
syntax keyword meConstant true false none
syntax match meStatement "\%(^\|[;{]\)\s*\zs\%(param\|seed\|include\|table\|row\|claim\|figure\)\>\ze\s\+[\"A-Za-z_0-9]"
syntax match meClause "\<\%(key\|beside\)\>\ze\s"
syntax match meHeader "\%^me\s\+\d\+"
syntax match meNumber "\<\d[0-9_]*\%(\.\d[0-9_]*\)\=\%([eE][+-]\=\d\+\)\=\>"
syntax match meArgument "\<[A-Za-z_][A-Za-z0-9_]*\ze\s*:"
syntax match meCall "\<[A-Za-z_][A-Za-z0-9_]*\ze("
syntax match meSign "|>\|\*\*\|//\|\.\.\|==\|!=\|<=\|>=\|[-=<>+*/%]"
syntax match meComment "#.*$" contains=@Spell
syntax match meProse "^##.*$" contains=@Spell
syntax match meEscape "\\\%([ntr\"\\{}]\|u{\x\+}\)" contained
syntax region meInterpolation start="{" end="}" contained contains=TOP,meComment
syntax region meString start=+"+ skip=+\\"+ end=+"\|$+ contains=meEscape,meInterpolation

highlight default link meKeyword Keyword
highlight default link meOperatorWord Operator
highlight default link meConstant Constant
highlight default link meStatement Statement
highlight default link meClause Keyword
highlight default link meHeader PreProc
highlight default link meNumber Number
highlight default link meArgument Identifier
highlight default link meCall Function
highlight default link meSign Operator
highlight default link meComment Comment
highlight default link meProse SpecialComment
highlight default link meEscape SpecialChar
highlight default link meString String

let b:current_syntax = "me"

autocmd BufNewFile,BufRead *.me setfiletype me

# In any POSIX shell: a line costs one process, which tells the time.

__loglama_longest=1000 # characters, of four bytes at most
__loglama_newline='
'
__loglama_tab=$(command printf '\t')
__loglama_return=$(command printf '\r')
# Where date knows no nanoseconds it prints the N.
case $(command date -u +%N 2>/dev/null) in
  '' | *[!0-9]*) __loglama_form='%Y-%m-%dT%H:%M:%SZ' ;;
  *) __loglama_form='%Y-%m-%dT%H:%M:%S.%NZ' ;;
esac

__loglama_log() { __loglama_record "$@"; }

__loglama_now() { __loglama_stamp=$(command date -u "+$__loglama_form"); }

# text -> __loglama_quoted: the text as JSON has it
__loglama_quote() {
  __loglama_rest=$1 __loglama_quoted=\"
  while case $__loglama_rest in *[\\\"[:cntrl:]]*) true ;; *) false ;; esac; do
    __loglama_head=${__loglama_rest%%[\\\"[:cntrl:]]*}
    __loglama_rest=${__loglama_rest#"$__loglama_head"}
    __loglama_character=${__loglama_rest%"${__loglama_rest#?}"}
    __loglama_rest=${__loglama_rest#?}
    case $__loglama_character in
      \\) __loglama_character='\\' ;;
      \") __loglama_character='\"' ;;
      "$__loglama_newline") __loglama_character='\n' ;;
      "$__loglama_tab") __loglama_character='\t' ;;
      "$__loglama_return") __loglama_character='\r' ;;
      *) __loglama_character=$(command printf '\\u%04x' "'$__loglama_character") ;;
    esac
    __loglama_quoted=$__loglama_quoted$__loglama_head$__loglama_character
  done
  __loglama_quoted=$__loglama_quoted$__loglama_rest\"
}

# __loglama_service -> __loglama_file: 64 of its characters, all but A-Z a-z 0-9 . _ - made _
__loglama_name() {
  __loglama_rest=$__loglama_service __loglama_file=
  while case $__loglama_rest in *[!A-Za-z0-9._-]*) true ;; *) false ;; esac; do
    __loglama_head=${__loglama_rest%%[!A-Za-z0-9._-]*}
    __loglama_rest=${__loglama_rest#"$__loglama_head"}
    __loglama_rest=${__loglama_rest#?}
    __loglama_file=$__loglama_file${__loglama_head}_
  done
  __loglama_file=$__loglama_file$__loglama_rest
  while [ ${#__loglama_file} -gt 64 ]; do __loglama_file=${__loglama_file%?}; done
}

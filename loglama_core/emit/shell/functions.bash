# In bash: a line costs no process, unless it is longer than 4,000 bytes.

__loglama_log() {
  local IFS=$' \t\n' LC_ALL=C __loglama_longest=4000
  local __loglama_level __loglama_text __loglama_fields __loglama_keys __loglama_value __loglama_key __loglama_digits
  local __loglama_service __loglama_quoted __loglama_line __loglama_stamp __loglama_file __loglama_folder
  __loglama_record "$@"
}

__loglama_now() {
  if [ -z "${EPOCHREALTIME-}" ]; then # before bash 5
    __loglama_stamp=$(command date -u +%Y-%m-%dT%H:%M:%SZ)
    return
  fi
  local __loglama_moment=$EPOCHREALTIME
  TZ=UTC0 builtin printf -v __loglama_stamp '%(%Y-%m-%dT%H:%M:%S)T' "${__loglama_moment%[.,]*}"
  __loglama_stamp=$__loglama_stamp.${__loglama_moment#*[.,]}Z
}

# text -> __loglama_quoted: the text as JSON has it
__loglama_quote() {
  local __loglama_rest=$1 __loglama_backslashes='\\' __loglama_quotation='\"' __loglama_character __loglama_done=
  __loglama_rest=${__loglama_rest//\\/"$__loglama_backslashes"}
  __loglama_rest=${__loglama_rest//\"/"$__loglama_quotation"}
  case $__loglama_rest in
    *[[:cntrl:]]*)
      __loglama_character='\n'; __loglama_rest=${__loglama_rest//$'\n'/"$__loglama_character"}
      __loglama_character='\t'; __loglama_rest=${__loglama_rest//$'\t'/"$__loglama_character"}
      __loglama_character='\r'; __loglama_rest=${__loglama_rest//$'\r'/"$__loglama_character"} ;;
  esac
  while case $__loglama_rest in *[[:cntrl:]]*) true ;; *) false ;; esac; do
    __loglama_done=$__loglama_done${__loglama_rest%%[[:cntrl:]]*}
    __loglama_rest=${__loglama_rest#"${__loglama_rest%%[[:cntrl:]]*}"}
    builtin printf -v __loglama_character '\\u%04x' "'${__loglama_rest%"${__loglama_rest#?}"}"
    __loglama_done=$__loglama_done$__loglama_character
    __loglama_rest=${__loglama_rest#?}
  done
  __loglama_quoted="\"$__loglama_done$__loglama_rest\""
}

# __loglama_service -> __loglama_file: 64 of its bytes, all but A-Z a-z 0-9 . _ - made _
__loglama_name() { __loglama_file=${__loglama_service//[!A-Za-z0-9._-]/_}; __loglama_file=${__loglama_file:0:64}; }

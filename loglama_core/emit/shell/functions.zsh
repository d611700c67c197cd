# Logs into LogLama from zsh: log_debug log_info log_warning log_error log_critical MESSAGE [key=value …]
# A line costs no process, unless it is longer than 4,000 bytes. Nothing here ends a script, whatever is set.

zmodload zsh/datetime 2>/dev/null

log_debug() { __loglama_log debug "$@" }
log_info() { __loglama_log info "$@" }
log_warning() { __loglama_log warning "$@" }
log_error() { __loglama_log error "$@" }
log_critical() { __loglama_log critical "$@" }

__loglama_log() {
  local __loglama_service=${LOGLAMA_SERVICE:-${${${ZSH_ARGZERO:t}#-}%.*sh}}
  emulate -L zsh
  setopt no_multibyte
  local LC_ALL=C TZ=UTC0 __loglama_quoted level=$1 text=${2-} fields= keys=' ' key value digits line stamp
  local -a moment
  shift; if (( $# > 0 )); then shift; fi
  for value in "$@"; do
    key=${value%%=*}
    case $value in
      (*=*) ;;
      (*) key= ;;
    esac
    case $key in
      ('' | [^A-Za-z_]* | *[^A-Za-z0-9_.-]*)
        text="$text $value"
        continue ;;
      (timestamp | level | message | component) key=${key}_ ;;
    esac
    value=${value#*=}
    while [[ $keys == *" $key "* ]]; do key=${key}_; done
    keys="$keys$key "
    digits=${value#-}
    # Numbers are numbers if they keep their spelling: 007, 1.10 and a number of twenty digits stay texts.
    case $digits in
      ('' | *[^0-9.]* | .* | *. | *.*.* | 0[0-9]* | *.*0 | ????????????????*) __loglama_quote "$value" ;;
      (*) __loglama_quoted=$value ;;
    esac
    fields="$fields,\"$key\":$__loglama_quoted"
  done
  __loglama_quote "$text"
  line="\"level\":\"$level\",\"message\":$__loglama_quoted"
  __loglama_quote "$__loglama_service"
  moment=( $epochtime )
  strftime -s stamp '%Y-%m-%dT%H:%M:%S' $moment[1]
  line="{\"timestamp\":\"$stamp.${(l:6::0:)$(( moment[2] / 1000 ))}Z\",$line,\"component\":$__loglama_quoted$fields}"
  __loglama_append "${__loglama_service//[^A-Za-z0-9._-]/_}" "$line" || __loglama_warn "$__loglama_service"
  return 0
}

# text -> __loglama_quoted: the text as JSON has it
__loglama_quote() {
  local rest=$1 character code
  rest=${rest//\\/\\\\}
  rest=${rest//\"/\\\"}
  if [[ $rest == *[[:cntrl:]]* ]]; then
    rest=${rest//$'\n'/\\n}
    rest=${rest//$'\t'/\\t}
    rest=${rest//$'\r'/\\r}
    for code in {0..31} 127; do
      character=${(#)code}
      if [[ $rest == *"$character"* ]]; then
        builtin printf -v code '\\u%04x' $code
        rest=${rest//"$character"/$code}
      fi
    done
  fi
  __loglama_quoted="\"$rest\""
}

# name of the service for a file, line -> 0 when it was appended
__loglama_append() {
  local folder=${LOGLAMA_LOG_DIR:-$__loglama_default_folder} name=${1[1,64]} file
  [[ -n $name && $name != .* ]] || name=_${name#.}
  file=$folder/$name.log
  if [[ ! -e $file ]]; then
    (umask 077 && command mkdir -p -- "$folder" && : >>"$file") 2>/dev/null
  fi
  if [[ ! -f $file || -L $file ]]; then return 1; fi
  if (( ${#2} < 4000 )); then
    { builtin printf '%s\n' "$2" >>"$file" } 2>/dev/null
  else # zsh writes what is longer in pieces, which other processes could get between
    { builtin printf '%s\n' "$2" | command dd ibs=65536 obs=2097152 >>"$file" } 2>/dev/null
  fi
}

__loglama_warn() {
  if [[ -z ${__loglama_warned-} ]]; then
    typeset -g __loglama_warned=1
    builtin printf 'loglama: %s.log in %s cannot be written; records are lost\n' \
      "$1" "${LOGLAMA_LOG_DIR:-$__loglama_default_folder}" >&2 2>/dev/null || return 0
  fi
  return 0
}

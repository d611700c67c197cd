# Logs into LogLama: log_debug log_info log_warning log_error log_critical MESSAGE [key=value …]
# Nothing here ends a script, whatever is set. Names begin with __loglama_: POSIX has no local variables, and where a
# shell has them, what calls __loglama_record makes them local.

log_debug() { __loglama_log debug "$@"; }
log_info() { __loglama_log info "$@"; }
log_warning() { __loglama_log warning "$@"; }
log_error() { __loglama_log error "$@"; }
log_critical() { __loglama_log critical "$@"; }

# level message pairs… -> appended as one line of JSON to the service's log, or told once that it cannot be
__loglama_record() {
  __loglama_level=$1 __loglama_text=${2-} __loglama_fields='' __loglama_keys=' '
  shift; if [ $# -gt 0 ]; then shift; fi
  for __loglama_value in "$@"; do
    __loglama_key=${__loglama_value%%=*}
    case $__loglama_value in
      *=*) ;;
      *) __loglama_key= ;;
    esac
    case $__loglama_key in
      '' | [!A-Za-z_]* | *[!A-Za-z0-9_.-]*)
        __loglama_text="$__loglama_text $__loglama_value"
        continue ;;
      timestamp | level | message | component) __loglama_key=${__loglama_key}_ ;;
    esac
    __loglama_value=${__loglama_value#*=}
    while case $__loglama_keys in *" $__loglama_key "*) true ;; *) false ;; esac; do __loglama_key=${__loglama_key}_; done
    __loglama_keys="$__loglama_keys$__loglama_key "
    __loglama_digits=${__loglama_value#-}
    # Numbers are numbers if they keep their spelling: 007, 1.10 and a number of twenty digits stay texts.
    case $__loglama_digits in
      '' | *[!0-9.]* | .* | *. | *.*.* | 0[0-9]* | *.*0 | ????????????????*) __loglama_quote "$__loglama_value" ;;
      *) __loglama_quoted=$__loglama_value ;;
    esac
    __loglama_fields="$__loglama_fields,\"$__loglama_key\":$__loglama_quoted"
  done
  __loglama_service=${LOGLAMA_SERVICE-}
  if [ -z "$__loglama_service" ]; then
    __loglama_service=${0##*/}; __loglama_service=${__loglama_service#-}; __loglama_service=${__loglama_service%.*sh}
  fi
  __loglama_quote "$__loglama_text"
  __loglama_line="\"level\":\"$__loglama_level\",\"message\":$__loglama_quoted"
  __loglama_quote "$__loglama_service"
  __loglama_now
  __loglama_line="{\"timestamp\":\"$__loglama_stamp\",$__loglama_line,\"component\":$__loglama_quoted$__loglama_fields}"
  __loglama_name
  __loglama_append || __loglama_warn
  return 0
}

# 0 when __loglama_line was appended to the file of __loglama_file
__loglama_append() {
  __loglama_folder=${LOGLAMA_LOG_DIR:-$__loglama_default_folder}
  case $__loglama_file in
    '' | .*) __loglama_file=_${__loglama_file#.} ;;
  esac
  __loglama_file=$__loglama_folder/$__loglama_file.log
  if [ ! -e "$__loglama_file" ]; then
    (umask 077 && command mkdir -p -- "$__loglama_folder" && command : >>"$__loglama_file") 2>/dev/null
  fi
  if [ ! -f "$__loglama_file" ] || [ -L "$__loglama_file" ]; then return 1; fi
  if [ ${#__loglama_line} -lt "$__loglama_longest" ]; then
    { command printf '%s\n' "$__loglama_line" >>"$__loglama_file"; } 2>/dev/null
  else # a shell writes more than 4,000 bytes in pieces, which other processes could get between
    { command printf '%s\n' "$__loglama_line" | command dd ibs=65536 obs=2097152 >>"$__loglama_file"; } 2>/dev/null
  fi
}

__loglama_warn() {
  if [ -z "${__loglama_warned-}" ]; then
    __loglama_warned=1
    command printf 'loglama: %s.log in %s cannot be written; records are lost\n' \
      "$__loglama_service" "$__loglama_folder" >&2 2>/dev/null || return 0
  fi
  return 0
}


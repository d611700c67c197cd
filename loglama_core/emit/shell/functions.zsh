# In zsh: a line costs no process, unless it is longer than 4,000 bytes.

zmodload zsh/datetime 2>/dev/null

__loglama_log() {
  local LOGLAMA_SERVICE=${LOGLAMA_SERVICE:-${${${ZSH_ARGZERO:t}#-}%.*sh}}
  emulate -L sh
  setopt no_multibyte
  local LC_ALL=C TZ=UTC0 __loglama_longest=4000
  local __loglama_level __loglama_text __loglama_fields __loglama_keys __loglama_value __loglama_key __loglama_digits
  local __loglama_service __loglama_quoted __loglama_line __loglama_stamp __loglama_file __loglama_folder
  __loglama_record "$@"
}

__loglama_now() {
  emulate -L zsh
  local -a moment
  moment=( $epochtime )
  strftime -s __loglama_stamp '%Y-%m-%dT%H:%M:%S' $moment[1]
  __loglama_stamp=$__loglama_stamp.${(l:6::0:)$(( moment[2] / 1000 ))}Z
}

# text -> __loglama_quoted: the text as JSON has it
__loglama_quote() {
  emulate -L zsh
  setopt no_multibyte
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

# __loglama_service -> __loglama_file: 64 of its bytes, all but A-Z a-z 0-9 . _ - made _
__loglama_name() {
  emulate -L zsh
  setopt no_multibyte
  __loglama_file=${__loglama_service//[^A-Za-z0-9._-]/_}
  __loglama_file=${__loglama_file[1,64]}
}

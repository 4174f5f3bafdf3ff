#!/usr/bin/env bash
# Software: sharp 0.35.5 with its own libvips, Linux x64, Node 20.20.2
# Expected: decoding an image reads the image and writes nothing.
# Does: where an SVG file has text, the font library inside reads all fonts of the system and writes what it knows of them to the
#   cache folder that its settings name: below the user's cache, or, for root, /var/cache/fontconfig. An SVG without text
#   writes nothing. docs/network.md says so.
# Seen 2026-11:
#   > an SVG without text: nothing written
#   > an SVG with text: a font cache written below the user's cache
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund sharp@0.35.5 @expo-google-fonts/inter@0.4.2
# The usual settings, with fonts of our own: the system's caches are left alone.
mkdir home fonts
find node_modules/@expo-google-fonts/inter -name '*Regular*.ttf' -exec cp {} fonts/ \;
cat > fonts.conf <<XML
<?xml version="1.0"?>
<fontconfig><dir>$folder/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
XML
cat > decode.cjs <<'JS'
const text = process.argv[2] === 'with' ? '<text x="10" y="50">text</text>' : ''
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect width="50" height="50"/>${text}</svg>`
require('sharp')(Buffer.from(svg)).raw().toBuffer()
JS
for text in without with; do
  env -i PATH="$PATH" HOME="$PWD/home" FONTCONFIG_FILE="$PWD/fonts.conf" node decode.cjs "$text"
  if [ -n "$(find home -type f)" ]; then what="a font cache written below the user's cache"; else what='nothing written'; fi
  echo "an SVG $text text: $what"
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"

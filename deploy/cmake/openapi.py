#!/usr/bin/env python3
"""Merges the fragments of the office's OpenAPI description (server/office/openapi/) into one file.

    openapi.py --version 1.2.3 --out openapi.json FRAGMENT...

base.json is the document; the others add members to "paths" and to each part of "components". A path or name that is there twice,
a reference that points at nothing and an operationId that comes twice are faults: the build stops there, with the file's name.
What any request may be answered before its function is asked (base.json, responses/Otherwise) becomes the "default" of every
operation."""
import argparse
import json
import os
import sys

METHODS = ("get", "put", "post", "delete", "patch")


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def merge_paths(paths, fragment, name):
    for path, item in fragment.items():
        for member, value in item.items():
            if member in paths.setdefault(path, {}):
                raise ValueError(f"{name}: {member} {path} is there already")
            paths[path][member] = value


def merge(fragments, version):
    """The one document, from {file name: fragment}."""
    document = fragments.pop("base.json")
    document["info"]["version"] = version
    paths, components = document.setdefault("paths", {}), document.setdefault("components", {})
    for name, fragment in sorted(fragments.items()):
        unknown = fragment.keys() - {"paths", "components"}
        if unknown:
            raise ValueError(f"{name}: a fragment has paths and components, not {sorted(unknown)}")
        merge_paths(paths, fragment.get("paths", {}), name)
        for part, members in fragment.get("components", {}).items():
            twice = components.setdefault(part, {}).keys() & members.keys()
            if twice:
                raise ValueError(f"{name}: components/{part} has {sorted(twice)} already")
            components[part].update(members)
    for item in paths.values():
        for method in item.keys() & set(METHODS):
            item[method].get("responses", {}).setdefault("default", {"$ref": "#/components/responses/Otherwise"})
    return document


def check(document):
    seen = set()
    for path, item in document["paths"].items():
        for method in item.keys() & set(METHODS):
            operation = item[method].get("operationId")
            if not operation or operation in seen:
                raise ValueError(f"{method} {path}: operationId {operation!r} is missing or there twice")
            seen.add(operation)
    for reference in references(document):
        at = document
        for step in reference.removeprefix("#/").split("/"):
            at = at.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(at, dict) else None
        if at is None:
            raise ValueError(f"{reference} points at nothing")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("fragments", nargs="+")
    options = parser.parse_args()
    try:
        read = {}
        for path in options.fragments:
            with open(path, encoding="utf-8") as file:
                try:
                    read[os.path.basename(path)] = json.load(file)
                except ValueError as error:
                    raise ValueError(f"{path}: {error}") from error
        document = merge(read, options.version)
        check(document)
    except ValueError as error:
        print(f"openapi.py: {error}", file=sys.stderr)
        return 1
    document["paths"] = dict(sorted(document["paths"].items()))
    with open(options.out, "w", encoding="utf-8") as out:
        json.dump(document, out, ensure_ascii=False, separators=(",", ":"))
        out.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

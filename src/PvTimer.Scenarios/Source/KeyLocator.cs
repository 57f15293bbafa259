using System;
using System.Collections.Generic;
using System.Globalization;

namespace PvTimer.Scenarios.Source;

/// <summary>
/// Finds the line of every key of a HOCON text. Akka's parser reads the values but forgets where they
/// stood, and it accepts a text whose brackets do not match; this one reads nothing but the structure and
/// refuses what is not closed.
/// </summary>
internal sealed class KeyLocator
{
    private readonly string _text;
    private readonly Dictionary<string, SourcePosition> _positions;
    private readonly HoconText _source;
    private int _at;
    private int _line = 1;
    private int _depth;

    private KeyLocator(HoconText source, Dictionary<string, SourcePosition> positions)
    {
        _source = source;
        _text = source.Text;
        _positions = positions;
    }

    /// <summary>
    /// Enters the position of each key below <paramref name="path"/>; a key that is written twice stands
    /// where it was written last, as its value does.
    /// </summary>
    public static void Locate(
        HoconText source,
        string path,
        Dictionary<string, SourcePosition> positions
    )
    {
        var locator = new KeyLocator(source, positions);
        locator.ReadEntries(path, closedBy: null, openedAt: 1);
    }

    private SourcePosition Here => At(_line);

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool AtEnd => _at >= _text.Length;

    private void ReadEntries(string path, char? closedBy, int openedAt)
    {
        while (true)
        {
            SkipBlanks(separatorsToo: true);
            if (AtEnd)
            {
                if (closedBy is not null)
                {
                    throw Broken(openedAt, "'{' is never closed", "a matching '}'");
                }
                return;
            }
            if (Current == closedBy)
            {
                _at++;
                return;
            }
            if (Current is '}' or ']' or '[' || (Current == '{' && closedBy is not null))
            {
                throw Broken(_line, $"unexpected '{Current}'", "a key, or the end of the object");
            }
            if (Current == '{')
            {
                // The whole document may stand in braces of its own.
                int opened = _line;
                _at++;
                Deepen(1, opened);
                ReadEntries(path, '}', opened);
                _depth--;
                continue;
            }
            ReadEntry(path);
        }
    }

    private void ReadEntry(string path)
    {
        int line = _line;
        int outside = _depth;
        List<string> segments = ReadKey();
        if (segments is ["include"] && Current == '"')
        {
            string name = ReadQuoted();
            Locate(_source.Include(name, At(line)), path, _positions);
            return;
        }
        Deepen(segments.Count, line);
        string key = path;
        foreach (string segment in segments)
        {
            key = HoconPath.Child(key, segment);
            _positions[key] = At(line);
        }
        if (Current is '=' or ':')
        {
            _at++;
            SkipBlanks(separatorsToo: false);
        }
        else if (Current != '{')
        {
            throw new ScenarioException(Here, key, "a key without a value", "key = value");
        }
        if (AtEnd || Current is '}' or ']' or ',')
        {
            throw new ScenarioException(At(line), key, "a key without a value", "key = value");
        }
        ReadValue(key);
        _depth = outside;
    }

    /// <summary>Parser and reader go as deep as the text does.</summary>
    private void Deepen(int levels, int line)
    {
        _depth += levels;
        if (_depth > SafeHocon.Deepest)
        {
            throw Broken(
                line,
                "keys and brackets are too deep",
                $"at most {SafeHocon.Deepest} within each other"
            );
        }
    }

    /// <summary>A key's segments, up to its separator: a dot outside quotes parts two of them.</summary>
    private List<string> ReadKey()
    {
        List<string> segments = [];
        while (!AtEnd && Current is not ('=' or ':' or '{' or '}' or '[' or ']' or ',' or '\n'))
        {
            if (Current == '"')
            {
                if (segments is ["include"])
                {
                    return segments;
                }
                segments.Add(ReadQuoted());
            }
            else if (Current is '.' or ' ' or '\t' or '\r')
            {
                _at++;
            }
            else
            {
                int start = _at;
                while (
                    !AtEnd && " \t\r\n.=:{}[],\"#+".IndexOf(Current, StringComparison.Ordinal) < 0
                )
                {
                    _at++;
                }
                if (start == _at)
                {
                    throw Broken(_line, $"unexpected '{Current}' in a key", "key = value");
                }
                segments.Add(_text[start.._at]);
            }
        }
        return segments;
    }

    private void ReadValue(string path)
    {
        while (!AtEnd && Current is not ('\n' or ',' or '}' or ']'))
        {
            int opened = _line;
            switch (Current)
            {
                case '{':
                    _at++;
                    ReadEntries(path, '}', opened);
                    break;
                case '[':
                    _at++;
                    Deepen(1, opened);
                    ReadElements(path, opened);
                    _depth--;
                    break;
                case '"':
                    ReadQuoted();
                    break;
                case '$' when _at + 1 < _text.Length && _text[_at + 1] == '{':
                    while (!AtEnd && Current is not ('}' or '\n'))
                    {
                        _at++;
                    }
                    if (Current != '}')
                    {
                        throw Broken(opened, "'${' is never closed", "a matching '}'");
                    }
                    _at++;
                    break;
                case '#':
                    SkipLine();
                    break;
                case '/' when _at + 1 < _text.Length && _text[_at + 1] == '/':
                    SkipLine();
                    break;
                default:
                    _at++;
                    break;
            }
        }
    }

    private void ReadElements(string path, int openedAt)
    {
        for (int index = 0; ; index++)
        {
            SkipBlanks(separatorsToo: true);
            if (AtEnd || Current == '}')
            {
                throw Broken(openedAt, "'[' is never closed", "a matching ']'");
            }
            if (Current == ']')
            {
                _at++;
                return;
            }
            string element = HoconPath.Child(path, index.ToString(CultureInfo.InvariantCulture));
            _positions[element] = Here;
            ReadValue(element);
        }
    }

    private string ReadQuoted()
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] is not ('"' or '\n'))
        {
            end += _text[end] == '\\' ? 2 : 1;
        }
        if (end >= _text.Length || _text[end] != '"')
        {
            throw Broken(_line, "'\"' is never closed", "a matching '\"' on the same line");
        }
        string content = _text[(_at + 1)..end];
        _at = end + 1;
        return content;
    }

    private void SkipBlanks(bool separatorsToo)
    {
        while (!AtEnd)
        {
            if (Current == '\n')
            {
                _line++;
                _at++;
            }
            else if (char.IsWhiteSpace(Current) || (separatorsToo && Current == ','))
            {
                _at++;
            }
            else if (
                Current == '#'
                || (Current == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/')
            )
            {
                SkipLine();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipLine()
    {
        while (!AtEnd && Current != '\n')
        {
            _at++;
        }
    }

    private SourcePosition At(int line) => new(_source.File, _source.HasLines ? line : 0);

    private ScenarioException Broken(int line, string what, string accepted) =>
        new(At(line), "", what, accepted);
}

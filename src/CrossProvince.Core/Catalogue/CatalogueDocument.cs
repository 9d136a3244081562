using System.Numerics;
using System.Text;
using System.Text.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace CrossProvince.Core.Catalogue;

/// <summary>One file of the catalogue that has the shape of its schema; its tokens know their lines.</summary>
internal sealed class CatalogueDocument
{
    private readonly string _name;
    private readonly JObject _root;

    private CatalogueDocument(string name, JObject root)
    {
        _name = name;
        _root = root;
    }

    public IEnumerable<JObject> Entries => _root["entries"]!.Children<JObject>();

    public JToken this[string property] => _root[property]!;

    /// <summary>Reads a file; adds what is wrong to <paramref name="errors"/> and returns null then.</summary>
    public static CatalogueDocument? Read(CatalogueFile file, string schemaName, List<string> errors)
    {
        if (ReadObject(file, errors) is not { } root)
        {
            return null;
        }

        var found = Flatten(ReadSchema(schemaName).Validate(root)).ToList();
        errors.AddRange(found.Select(error => Error(file.Name, error.LineNumber, $"{Path(error)}: {Reason(error)}")));
        return found.Count == 0 ? new CatalogueDocument(file.Name, root) : null;
    }

    /// <summary>An error at the line where a token stands.</summary>
    public string Error(JToken at, string reason) => Error(_name, Line(at), reason);

    /// <summary>The line where a token stands, from 1.</summary>
    public static int Line(JToken token) => ((IJsonLineInfo)token).LineNumber;

    private static JObject? ReadObject(CatalogueFile file, List<string> errors)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(file.Utf8);

            // The first reader is strict (no comments, no single quotes); the second knows lines and refuses doubled names.
            using var strict = JsonDocument.Parse(file.Utf8);
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            var settings = new JsonLoadSettings
            {
                DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error,
                LineInfoHandling = LineInfoHandling.Load,
            };
            var root = JToken.Load(reader, settings) as JObject;
            if (root is null)
            {
                errors.Add(Error(file.Name, 1, "the file must be a JSON object."));
            }
            else if (root.Descendants().FirstOrDefault(token => token is JValue { Value: BigInteger }) is { } number)
            {
                errors.Add(Error(file.Name, Line(number), $"{number.Path}: the number is too large."));
            }
            else
            {
                return root;
            }
        }
        catch (DecoderFallbackException)
        {
            errors.Add(Error(file.Name, 1, "the file is not UTF-8."));
        }
        catch (System.Text.Json.JsonException exception)
        {
            errors.Add(Error(file.Name, (int)(exception.LineNumber ?? 0) + 1, $"not JSON: {exception.Message}"));
        }
        catch (JsonReaderException exception)
        {
            errors.Add(Error(file.Name, exception.LineNumber, $"not JSON: {exception.Message}"));
        }

        return null;
    }

    private static JsonSchema ReadSchema(string name)
    {
        using var stream = typeof(CatalogueDocument).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return JsonSchema.FromJsonAsync(reader.ReadToEnd()).GetAwaiter().GetResult();
    }

    /// <summary>The errors themselves rather than "one of several schemas fails".</summary>
    private static IEnumerable<ValidationError> Flatten(IEnumerable<ValidationError> errors) => errors.SelectMany(error =>
        error is ChildSchemaValidationError nested ? nested.Errors.SelectMany(branch => Flatten(branch.Value)) : [error]);

    private static string Path(ValidationError error) =>
        string.IsNullOrEmpty(error.Path) ? "file" : error.Path.Replace("#/", "", StringComparison.Ordinal);

    private static string Reason(ValidationError error) => error.Kind switch
    {
        ValidationErrorKind.PropertyRequired => "is missing.",
        ValidationErrorKind.NoAdditionalPropertiesAllowed => "no such field is known.",
        ValidationErrorKind.PatternMismatch => $"must match {error.Schema.Pattern}.",
        ValidationErrorKind.NotInEnumeration => $"must be one of {string.Join(", ", error.Schema.Enumeration)}.",
        ValidationErrorKind.NumberTooSmall => $"must be {error.Schema.Minimum} or more.",
        ValidationErrorKind.NumberTooBig => $"must be {error.Schema.Maximum} or less.",
        ValidationErrorKind.StringTooShort or ValidationErrorKind.TooFewItems => "must not be empty.",
        ValidationErrorKind.ItemsNotUnique => "must not name the same thing twice.",
        ValidationErrorKind.StringExpected => "must be a text.",
        ValidationErrorKind.IntegerExpected => "must be a whole number.",
        ValidationErrorKind.ArrayExpected => "must be a list.",
        ValidationErrorKind.ObjectExpected => "must be an object.",
        _ => $"does not fit the schema ({error.Kind}).",
    };

    private static string Error(string file, int line, string reason) => $"{file}:{line}: {reason}";
}

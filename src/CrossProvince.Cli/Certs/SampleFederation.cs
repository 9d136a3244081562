using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Certs;

/// <summary>Makes everything of one federation for samples and tests in one go: the layout of <c>certs-sample/</c>.</summary>
internal sealed class SampleFederation
{
    private const int RootCount = 3;
    private const int ListBound = 1024;
    private static readonly string[] s_loopback = ["localhost", "127.0.0.1", "::1"];
    private static readonly string[] s_drivingTypes = ["driving-licence", "vehicle-licence"];

    private readonly string _directory;
    private readonly SampleFederationPlan _plan;
    private readonly OutputFiles _files;
    private readonly List<byte[]> _spkis = [];

    private SampleFederation(string directory, SampleFederationPlan plan, OutputFiles files)
    {
        _directory = directory;
        _plan = plan;
        _files = files;
    }

    /// <summary>Makes the federation.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="plan">What.</param>
    /// <param name="files">How to write.</param>
    /// <returns>SubjectPublicKeyInfo of every key that was made.</returns>
    internal static IReadOnlyList<byte[]> Create(string directory, SampleFederationPlan plan, OutputFiles files)
    {
        var federation = new SampleFederation(directory, plan, files);
        federation.MakeAll();
        return federation._spkis;
    }

    private void MakeAll()
    {
        var roots = Enumerable.Range(1, RootCount).Select(i => MakeKey($"roots/root-{i}", SignatureAlgorithm.Sm2)).ToArray();
        MakeKey("tokens/issuer", SignatureAlgorithm.Esp256);
        var bundle = string.Concat(_plan.Regions.Select(MakeAuthority));
        foreach (var region in _plan.Regions)
        {
            MakeIdentities(region, bundle);
            _files.WritePublic(PathOf($"{region}/partners.json"), Json(Partners(region)));
        }

        var file = new TrustListFile
        {
            Version = 1,
            Iat = _plan.Period.From,
            Exp = _plan.Period.Until,
            Regions = [.. _plan.Regions.Select(MakeRegion)],
        };
        _files.WritePublic(PathOf("trust-list.json"), file.ToJson());
        var list = file.Resolve(_directory, _plan.Catalogue.Hash);
        _files.WritePublic(PathOf("trust-list.cose"), TrustListDocument.Sign(list, [.. roots.Take(2)]));
    }

    private SoftwareSigner MakeKey(string name, SignatureAlgorithm algorithm)
    {
        var signer = SigningKeyFiles.Make(PathOf(name), algorithm, _files);
        _spkis.Add(signer.PublicKey.Spki.ToArray());
        return signer;
    }

    private string MakeAuthority(RegionCode region)
    {
        var (certificate, key) = CertificateMaker.MakeAuthority(region, SampleOrganisations.RegionNames(region).En, _plan.Sample, _plan.Period);
        _files.WritePublic(PathOf($"{region}/ca.cert.pem"), certificate);
        _files.WriteSecret(PathOf($"{region}/ca.key.pem"), key);
        AddCertificate(certificate);
        return certificate;
    }

    private void MakeIdentities(RegionCode region, string bundle)
    {
        using var authority = X509Certificate2.CreateFromPemFile(PathOf($"{region}/ca.cert.pem"), PathOf($"{region}/ca.key.pem"));
        foreach (var role in Enum.GetValues<IdentityRole>())
        {
            var directory = PathOf($"{region}/{IdentityRoles.Name(role)}");
            var hosts = role == IdentityRole.Node ? [.. s_loopback, .. _plan.Hosts] : Array.Empty<string>();
            var (certificate, key) = CertificateMaker.MakeIdentity(authority, region, role, SampleOrganisations.Code(region, role), hosts, _plan.Sample, _plan.Period);
            _files.WritePublic(Path.Combine(directory, "cert.pem"), certificate);
            _files.WriteSecret(Path.Combine(directory, "key.pem"), key);
            _files.WritePublic(Path.Combine(directory, "ca.pem"), bundle);
            AddCertificate(certificate);
        }
    }

    private TrustListFile.RegionEntry MakeRegion(RegionCode region)
    {
        TrustListFile.KeyEntry Key(string name, KeyUse use, SignatureAlgorithm algorithm = SignatureAlgorithm.Sm2, IReadOnlyList<int>? types = null)
        {
            MakeKey($"{region}/keys/{name}", algorithm);
            return new TrustListFile.KeyEntry
            {
                File = $"{region}/keys/{name}.pub.pem",
                Use = use,
                Types = types,
                NotBefore = _plan.Period.From,
                NotAfter = _plan.Period.Until,
            };
        }

        List<TrustListFile.KeyEntry> keys =
        [
            Key("code", KeyUse.Code),
            Key("code-esp256", KeyUse.Code, SignatureAlgorithm.Esp256),
            Key("index", KeyUse.Index),
            Key("receipt", KeyUse.Receipt),
        ];
        if (region.Value == 130000)
        {
            // A key with limits, so that "this key may not sign it" can be shown.
            keys.Add(Key("code-driving", KeyUse.Code, types: [.. s_drivingTypes.Select(id => _plan.Catalogue.FindType(id)!.Number)]));
        }

        return new TrustListFile.RegionEntry
        {
            Code = region.ToString(),
            Names = SampleOrganisations.RegionNames(region),
            Cas = [$"{region}/ca.cert.pem"],
            Keys = keys,
            Endpoints = new TrustListFile.EndpointsEntry { Api = _plan.EndpointOf(region) },
            Lists = new TrustListFile.ListsEntry { Bound = ListBound },
            Partners = new TrustListFile.PartnersEntry { Roles = [.. Enum.GetValues<IdentityRole>().Select(IdentityRoles.Name)] },
        };
    }

    private object Partners(RegionCode region)
    {
        object Organisation(IdentityRole role, IEnumerable<string>? scenarios, IEnumerable<string>? issuers) => new
        {
            Organisation = SampleOrganisations.Code(region, role),
            Role = IdentityRoles.Name(role),
            Names = SampleOrganisations.Names(region, role),
            Scenarios = scenarios,
            Issuers = issuers,
            Revoked = false,
        };

        return new
        {
            Organisations = new[]
            {
                Organisation(IdentityRole.Verifier, _plan.Catalogue.Scenarios.Select(scenario => scenario.Id), null),
                Organisation(IdentityRole.Authority, null, SampleIssuers.Of(region).Select(issuer => issuer.Code)),
            },
        };
    }

    private void AddCertificate(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        _spkis.Add(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private static string Json(object value) => JsonSerializer.Serialize(value, TrustListFile.JsonOptions) + "\n";
}

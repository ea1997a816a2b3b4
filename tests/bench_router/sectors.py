"""The agency type ("sector") of the body that the operator addressed, from its name as written in `instansi`.

The name is free text: ministries of every cabinet since 2014, offices of any city, branches of BPJS, districts,
what citizens wrote into the field. The rules, in this order:

1. `PROGRAMMES`: a programme decides, whoever pays it out (BPNT through a bank or a province is social aid).
2. `OFFICES`: who is addressed in person or as a general office (mayor, district, ward, section of a secretariat)
   is general government, whatever else the field says.
3. `FUNCTIONS`: the first function that the name mentions; an office for housing, land and parks is housing.
4. `GENERAL`: "Pemerintah Kota X" and the like, other state companies, where nothing more precise was named.
A name of none of them (a bare "BPJS", "admin dinas") has no type and is not counted.

An umbrella is addressed about what bodies under it do whose functions its name does not say: a mayor or a regency
for its offices, the home ministry for identity cards, the ministry of state companies for power, fuel, banks and
post, the ministry of law and human rights (until 2024) and its regional offices for passports and prisons. Whoever
addresses it says whose house it is, not which type of body; such rows are measured apart (`is_umbrella`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

Patterns = Sequence[tuple[str, str]]

PROGRAMMES: Patterns = (
    ("sosial", r"program (bpnt|rastra|sembako|pkh|keluarga harapan)|\bbpnt\b|tnp2k"),
    ("kepegawaian", r"panselnas|panitia seleksi (nasional|cpns|casn)|sscn|sscasn"),
    ("desa", r"panitia seleksi perangkat desa|pilkades"),
)

OFFICES: Patterns = (
    (
        "kepegawaian",
        r"^(biro|bagian|direktorat|pusat) (sumber daya manusia|kepegawaian|sdm)"
        r"|direktorat pengolahan data dan informasi"
        r" kepegawaian|direktorat (kompensasi asn|pensiun|pengadaan dan kepangkatan|peraturan perundang undangan)"
        r"|rekrutmen asn",
    ),
    (
        "pemerintahan",
        r"^(kecamatan|camat|kelurahan|lurah|kantor (kecamatan|camat|kelurahan|lurah|wali ?kota|bupati|gubernur)"
        r"|wali ?kota|bupati|gubernur|sekretariat|sekda|bagian|biro|inspektorat|asisten)\b",
    ),
    ("desa", r"^(kantor )?(kepala|pemerintah|perangkat|aparat) (desa|kampung|nagari)\b|^desa\b"),
)

FUNCTIONS: Patterns = (
    (
        "bpjs-ketenagakerjaan",
        r"bpjs (ketenaga ?kerja\w*|tenaga kerja|naker|tk)\b|jaminan sosial (ke )?\w*tenaga ?kerja\w*",
    ),
    ("bpjs-ketenagakerjaan", r"jamsostek|\bbp ?jamsostek|\bbpjstk\b"),
    (
        "bpjs-kesehatan",
        r"bpjs kes\w*|jaminan sosial kes\w*|\bbpjs (kc|kcu|cab|cabang|divisi|divre|kab|kota)\b|\baskes\b|jkn",
    ),
    ("imigrasi", r"imigrasi|\bkanim\b|\brudenim\b"),
    ("pertanahan", r"agraria|pertanahan|\batr\b|\bbpn\b"),
    (
        "kominfo",
        r"kom\w*unikasi|kominfo|komdigi|telkom|telekom\w*|indosat|\bxl\b|smartfren|pos dan informatika|informatika",
    ),
    ("kominfo", r"persandian|siber|penyiaran|televisi|\btvri\b|\brri\b|\bkpi\b|komisi informasi|\bbakti\b"),
    ("pos", r"\bpos\b"),
    ("kehutanan", r"kehutanan|\bhutan\b|perhutani|\bbksda\b|taman nasional|konservasi sumber daya alam|\bkph\b"),
    ("lingkungan", r"lingkungan hidup|kebersihan|\bdlhk?\b|\bklhk?\b|\bblh\b|persampahan|sampah"),
    (
        "perumahan",
        r"perumahan|per?mukiman|pe?mukiman|pertamanan|pemakaman|\bpkp\b|\bperkim\b|disperkim|rumah susun|tapera",
    ),
    ("pekerjaan-umum", r"pekerjaan umum|bina marga|cipta karya|penataan ruang|tata ruang|tata air|tata kota|pengairan"),
    (
        "pekerjaan-umum",
        r"sumber daya air|\bpsda\b|\bsda\b|\bd?pu(pr|tr|prp|pkp)?\b|\bbbp?jn\b|\bb?bws\w*\b|jalan tol|irigasi",
    ),
    ("pekerjaan-umum", r"pelaksanaan jalan nasional|wilayah sungai|penertiban bangunan|jasa konstruksi|drainase"),
    (
        "perhubungan",
        r"perhubungan|dishub\w*|kemenhub|\blalu lintas angkutan|\bllaj\b|trans ?jakarta|\bmrt\b|\blrt\b|\bbptj\b",
    ),
    ("perhubungan", r"transportasi|bandar udara|pelabuhan\b|syahbandar|perkeretaapian|parkir"),
    ("kependudukan", r"kependudukan(?! dan pembangunan keluarga)|catatan sipil|pencatatan sipil|dukcapil"),
    ("agama", r"kemenag|\bkua\b|haji|umrah|urusan agama|pesantren|syariat islam"),
    ("agama", r"\bagama\b|pendidikan islam|madrasah"),
    ("pendidikan", r"pendidikan|pembelajaran|kemahasiswaan|mahasiswa|perguruan tinggi"),
    ("pendidikan", r"universitas|institut|politeknik|sekolah|ijazah|beasiswa|\blpdp\b|dikti|disdik\w*|dik(bud|dasmen)"),
    ("pendidikan", r"ristek|riset|guru|perpustakaan|\bs(d|mp|ma|mk)n?\b|ilmu pengetahuan"),
    (
        "kesehatan",
        r"kesehatan|puskesmas|rumah sakit|\brsu[dp]?\b|\brs\b|dinkes|kemenkes|obat dan makanan|bp ?pom|gizi nasional",
    ),
    ("ketenagakerjaan", r"ketenaga ?kerja\w*|tenaga kerja|kemnaker|disnaker\w*|naker\w*"),
    (
        "luar-negeri",
        r"luar negeri|kemlu|\bkbri\b|\bkjri\b|bn?p2(tk|m)i|pekerja migran|penempatan dan p\w+ (tenaga kerja|tki)",
    ),
    (
        "sosial",
        r"kementerian sosial|kementrian sosial|dinas sosial|kemensos|dinsos\w*|jaminan sosial keluarga|\bsosial\b",
    ),
    ("ketertiban", r"(polisi )?pamong praja|satpol|ketertiban|ketenteraman|ketentraman"),
    (
        "kebencanaan",
        r"bencana|\bb[pn][bp][bd]\b|pemadam|damkar|penyelamatan|basarnas|pencarian dan pertolongan|meteorologi|bmkg",
    ),
    (
        "kepolisian",
        r"kepolisian|\bpol(ri|da|res|sek|restabes|resta)\w*|polisi(?! pamong)|korlantas|satlantas"
        r"|narkotika|\bbnn[pk]?\b|\bbnpt\b",
    ),
    ("pertahanan", r"pertahanan(?! pangan)|\btni\b|tentara|kodam|kodim|koramil|angkatan (darat|laut|udara)|kemhan"),
    ("listrik", r"\bpln\b|listrik"),
    ("air-minum", r"\bpdam\b|\bpam\b|air minum|perumdam?|tirta|palyja|aetra"),
    ("energi", r"energi|esdm|pertamina|minyak dan gas|\bgas\b|\bpgn\b|migas|pertambangan|mineral|geologi"),
    (
        "keuangan",
        r"keuangan|pajak|bea (dan )?cukai|\bojk\b|bank|kemenkeu|pendapatan|bapenda|dispenda|samsat|taspen|asabri",
    ),
    (
        "keuangan",
        r"perbendaharaan|kekayaan negara|\bkppn\b|\bkpp\b|lelang|pegadaian|permodalan|\bbp?kad\b|aset daerah|ppatk",
    ),
    (
        "kepegawaian",
        r"kepegawaian|aparatur|\bbk[nd]\b|bkp(sd|p)m?d?|\basn\b|\bpns\b|menpan|panrb|\bpan rb\b|bkpsdm|\bcpns\b",
    ),
    ("kepegawaian", r"administrasi negara|pengembangan sumber daya manusia"),
    (
        "desa",
        r"masyarakat (dan )?(pemerintahan )?desa|dpmd|\bbpmpd\b|pembangunan desa|kementerian desa"
        r"|kementrian desa|kemendesa",
    ),
    ("desa", r"desa pdt|daerah tertinggal|transmigrasi|dispermades|pemberdayaan masyarakat"),
    (
        "perdagangan",
        r"perdagangan|perindustrian|industri|koperasi|\bukm\b|usaha (mikro|kecil)|disperin\w*|disperdag\w*|disdag",
    ),
    ("perdagangan", r"\bpasar\b|metrologi|standardisasi|perlindungan konsumen|bpkn|bpsk|persaingan usaha|kppu|umkm"),
    ("perizinan", r"penanaman modal|perizinan|perijinan|satu pintu|\bptsp\b|dpm\w*ptsp|bkpm|investasi|\boss\b"),
    (
        "hukum",
        r"hukum|kemenkum\w*|\bham\b|hak asasi|pemasyarakatan|lapas|rutan|pengadilan|mahkamah"
        r"|kejaksaan|kejari|\bkpk\b|notaris",
    ),
    ("hukum", r"pemberantasan korupsi|kekayaan intelektual|perundang undangan|lpsk|yudisial"),
    (
        "pertanian",
        r"pertanian|pangan|perkebunan|peternakan|perikanan|kelautan|ho[lr]tikultura|penyuluh\w*|karantina|kementan",
    ),
    (
        "pariwisata",
        r"pariwisata|kebudayaan|budaya|pemuda|kepemudaan|olah ?raga|kemenpora|dispora|ekonomi kreatif|disbudpar\w*",
    ),
    (
        "pemberdayaan",
        r"kependudukan dan pembangunan keluarga|pemberdayaan perempuan|perlindungan (perempuan"
        r"|anak)|keluarga berencana|pengendalian penduduk|bkkbn",
    ),
    ("pemberdayaan", r"dp3\w*|kemen ?pppa|pembangunan keluarga"),
    ("kepemiluan", r"\bkpud?\b|pemilihan umum|bawaslu|panwaslu|pengawas pemilu"),
    (
        "bumn",
        r"badan usaha milik negara|\bbumn\b|kereta api|\bkai\b|garuda|citilink|lion air|pelni|asdp|angkasa pura|pelindo"
        r"|jasa marga|jasa raharja|bulog|bukit asam|aneka tambang|antam|\bdamri\b|krakatau|semen indonesia",
    ),
)

GENERAL: Patterns = (
    ("bumn", r"^(pt|perum|persero)\b"),
    (
        "pemerintahan",
        r"\bpem(erintah(an)?|kot|kab|prov|da)\b|wali ?kota|bupati|gubernur|kecamatan|camat\b|kelurahan|lurah\b"
        r"|dalam negeri|kemendagri|otonomi daerah|pembangunan daerah|bappe\w+|inspektorat|sekretaria\w+|sekda|setda"
        r"|\bkesbangpol|kesatuan bangsa|presiden|kabinet|kementerian koordinator|kemenko|ombudsman|\bdprd?\b|\bbpkp?\b"
        r"|pengadaan barang|lkpp|statistik|\bbps\b|geospasial|ibu ?kota nusantara|\barsip|perencanaan pembangunan"
        r"|^(admin|lapor)\b|sp4n",
    ),
)

GENERAL_SECTOR = "pemerintahan"
_HOLDING_MINISTRY = re.compile(
    r"^(kanwil |kantor wilayah )?(kementri?an |kementerian )?"
    r"(badan usaha milik negara|bumn$|hukum dan (ham|hak asasi)|kemenkumham)"
)
_SALUTATION = re.compile(
    r"^(yth|kepada|bapa?k?|ibu|pa|pak|bu|team|tim|pimpinan|kepala|menteri|dirjen|admin(?= \w))\b ?"
)
_BRANCH_OF_NOTHING = re.compile(
    r"^(bapa?k?|ibu)?\s*(bpjs|badan penyelenggara jaminan sosial)( pusat| kantor| indonesia)?$"
)


@lru_cache(maxsize=100_000)
def sector_of(agency: str) -> str | None:
    """None where the name says no type."""
    name = _plain(agency)
    if not name or _BRANCH_OF_NOTHING.match(name):
        return None
    for group in (PROGRAMMES, OFFICES):
        if found := next((sector for sector, pattern in _compiled(group) if pattern.search(name)), None):
            return found
    return _first(FUNCTIONS, name) or _first(GENERAL, name)


def is_umbrella(agency: str) -> bool:
    return sector_of(agency) == GENERAL_SECTOR or _HOLDING_MINISTRY.match(_plain(agency)) is not None


def _plain(agency: str) -> str:
    """Lower case, letters and digits only, without salutation."""
    name = re.sub(r"[^a-z0-9]+", " ", agency.lower()).strip()
    previous = ""
    while name != previous and not name.startswith("kepala desa"):
        previous, name = name, _SALUTATION.sub("", name)
    return name


def _first(group: Patterns, name: str) -> str | None:
    """The function mentioned first; of two that begin at the same letter, the one listed first."""
    found = [(match.start(), sector) for sector, pattern in _compiled(group) if (match := pattern.search(name))]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _compiled(group: Patterns) -> list[tuple[str, re.Pattern[str]]]:
    return [(sector, re.compile(pattern)) for sector, pattern in group]

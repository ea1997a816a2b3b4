"""Words around a name that say what it is: level words, what leads to a place, what is named after one."""

from __future__ import annotations

from typing import Final, Literal

Mark = Literal["P", "K", "C", "D", "V", "H", "cue", "else", "kin", "pass", "road", "street", "thing", "person", ""]


def _words(text: str) -> list[str]:
    return text.split()


_BY_MARK: Final[dict[Mark, list[str]]] = {
    "P": _words("prov provinsi propinsi prop provinci gubernur pemprov polda kapolda kanwil"),
    "K": _words("kab kabupaten kabupatan kbupaten kabupten kabupate kabuten kabuaten bupati pemkab wabup wakilbupati"),
    "C": _words(
        "kota kodya kotamadya kotamadia pemkot pemko walikota wakot walkot polrestabes kotif kota2 wawali wawalkot"
    ),
    "D": _words(
        "kec kecamatan kecamtan kecamata kecematan kecamatn kecamantan kcamatan kacamatan camat distrik kapanewon "
        "kemantren polsek kapolsek koramil kua korwilcam dikecamatan dikec muspika"
    ),
    "V": _words(
        "kel kelurahan keluraha kelurahn kalurahan kelurhan lurah desa ds dsa didesa nagari kenagarian gampong "
        "pekon lembang kades keuchik geuchik "
        "dikelurahan dikel pemdes bumdes kuwu petinggi perbekel"
    ),
    "H": _words("kampung kampong kp kmp dusun dsn dukuh jorong kadus lingk"),
    "cue": _words(
        "di ing neng nang teng "
        "daerah didaerah wilayah diwilayah wil kawasan area sekitar sekitaran alamat beralamat domisili berdomisili "
        "tinggal warga masyarakat penduduk rakyat nelayan petani pedagang karyawan pelanggan pasien "
        "peternak mahasiswa pdam perumda perumdam rsud rs rsu rsia polres polresta kapolres "
        "kpp kantor cabang cab samsat bpn pln bpjs disdukcapil dukcapil capil dinas dinkes dinsos dishub disdik dlh "
        "dpu pupr bkd bpkad bappeda bapenda satpol dprd kejari kejaksaan pn pengadilan kemenag kppn lapas rutan "
        "imigrasi terminal stasiun bandara pelabuhan puskesmas pkm smpn sdn sman smkn smp sd sma smk mtsn man mts "
        "mi tk paud univ universitas pasar alun polisi damkar telkom indihome pos unit kodim ktp kk pemda pemerintah "
        "yth dpmptsp disnaker disperindag kpu bawaslu dari2 seluruh se sekota pemukiman pantai perbatasan lokasi tkp "
        "upt uptd ulp rayon pdamkab pdamkota nakes korban banjir macet tempat wilkum"
    ),
    "pass": _words(
        "ke menuju jurusan tujuan rute arah dari trayek relasi via lewat sampai sd hingga pindah merantau "
        "perantauan rantau asal kelahiran asli pi pigi bkn bbpom bpom kanreg"
    ),
    "street": _words(
        "jl jln jalan jlan jalanan jlm gg gang perum perumahan perumnas komplek kompleks komp cluster lorong lrg"
    ),
    "thing": _words(
        "jembatan toko hotel bank ruko apartemen gedung simpang bundaran perempatan pertigaan masjid gereja taman "
        "warung rumah tugu patung underpass flyover sungai kali gunung danau bukit pt cv po ud bus kereta ka kapal"
    ),
    "person": _words(
        "pak bapak bpk bp bapa bu ibu sdr sdri saudara saudari nama an mas mbak mba kang teh h hj haji hajah drs dra "
        "ir prof ust ustad ustadz kyai kiai gus tn ny sodara bang abang mang orang suku bahasa bakso soto sate "
        "masakan nasi mie rd sultan pangeran jenderal jend mayjen letjen brigjen kolonel kapten lettu sersan "
        "pahlawan presiden menteri a.n. cak ning ki nyi syekh habib kompol akp iptu ipda aiptu bripka brigadir"
    ),
}
MARK_OF: Final[dict[str, Mark]] = {word: mark for mark, words in _BY_MARK.items() for word in words}

AT: Final = frozenset(_words("di ing neng nang teng ke dari"))
PLACED: Final = frozenset(_words("di daerah didaerah wilayah diwilayah"))
HOME: Final = frozenset(_words("pulang balik mudik pulkam"))  # who does this "ke X" lives there
# Who does, or once did, this "di X" is gone, or has come from there; one word may stand between.
GONE: Final = frozenset(
    _words("merantau perantauan rantau mondok nyantri ngekos kost mengungsi ngungsi lahir kelahiran")
)
BEFORE_NOW: Final = frozenset(_words("pernah dulu dulunya sempat tadinya"))  # .. "tinggal di X", "rumah saya di X"
LIVES: Final = frozenset(_words("tinggal rumah domisili"))
# This "di X" may be where it is; where another place is named, that one is: work, studies, a hospital, the province's
# office.
ELSEWHERE: Final = frozenset(
    _words("kerja bekerja begawi karja bekarja kuliah dirawat dirujuk rujuk bertugas ditugaskan provinsi kanwil")
)
# "Kalau di X" it is otherwise, "teman saya di X", "adek saya yang di X": another place that is named is the place.
WHOSE: Final = frozenset(_words("saya sy kami aku ku gue beta torang ane"))
WHICH: Final = frozenset(_words("yang yg nan"))
COMPARED: Final = frozenset(_words("seperti kayak layaknya sebagaimana kalau kalo klo serupa beda berbeda bedanya"))
KIN: Final = frozenset(
    _words(
        "suami istri kakak adik adek saudara sodara keluarga famili teman temen tmn kawan sepupu ipar kerabat besan "
        "keponakan ponakan"
    )
)
OF_CITIES: Final = frozenset(_words("stasiun"))  # a regency of the same name lies around the city
HOSPITALS: Final = frozenset(_words("rs rsu rsud rsup rsia rsd"))
# What a village, a district or its office does or is told: no name, also where some village is called so.
NO_NAMES: Final = frozenset(_words("minta meminta bilang suruh tidak belum harus sudah dan yang untuk"))
# Between a level word and the name: "Kota Adm. Jakarta Timur", "Dinas PU Kota .."; after "jalan": "Jalan Raya ..".
FILLERS: Final = frozenset(_words("adm administrasi daerah tingkat ii dati negeri agama madya raya lintas poros utama"))
ROAD_WORDS: Final = frozenset(_words("raya lintas poros utama"))
STREETS: Final = frozenset(_words("jl jln jalan jlan gg gang"))
# What ends a street's name.
STREET_ENDS: Final = frozenset(_words("di dari dan ke yang rt rw no nomor menuju arah dekat depan km sampai"))
BREAKS: Final = frozenset('.,;:()[]\n/!?|"')
# "Karang Rejo", "Banjar Baru": first halves of names that are also written as one word.
FIRST_HALVES: Final = frozenset(
    _words(
        "karang suka sumber sido banjar tanjung gunung pematang bandar lubuk muara kali wono jati banyu pangkal "
        "padang payung tebing purwo sri mulyo rejo argo marga sawah bukit batu pare bau palangka kotam lhok labuhan "
        "tulung tulang kulon gedang kedung sendang kebon pondok ranca cipta sumur tegal pulo rawa ujung telaga "
        "gondang sambi bojong bumi candi genuk pasir pekan pagar prabu sekar sungai teluk tawang tirto wates"
    )
)

/* Where the demo's voices come from. Recordings are read as they are; what espeak-ng says is kept in the state folder. */
#include "demo_voices.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOUNDS "/usr/share/asterisk/sounds/"
#define MUSIC  "/usr/share/asterisk/moh/manolo_camp-morning_coffee.wav" /* of DEMO_MUSIC_PACKAGE */

extern char **environ;

static const struct origin {
	const char *file;    /* a recording, or NULL for espeak-ng */
	const char *package;
	double speed;        /* the floor's English speaker and the booth's have one voice: they differ in pace */
	const char *voice, *pitch, *text;
} origins[VOICE_COUNT] = {
	[VOICE_ZH_FLOOR] = {NULL, "espeak-ng", 1.0, "cmn", "35",
			    "女士们，先生们，欢迎来到成都。二零二五年世界文化产业大会今天开幕。文化引领城市的活力与创新。"
			    "我们从各国请来了艺术家、设计师和企业家。在接下来的两天里，我们将一起讨论文化如何让城市更有生命力。"
			    "成都是一座有三千年历史的城市，也是一座年轻的城市。我们期待与英国的朋友签署新的合作协议。"},
	[VOICE_ZH_BOOTH] = {NULL, "espeak-ng", 1.0, "cmn", "70",
			    "谢谢主席。尊敬的各位来宾，很高兴来到成都。英国的创意产业每年都在增长，我们愿意和中国的伙伴分享经验。"
			    "今天下午我们将参观创意园区，看看年轻的艺术家们怎样工作。我相信合作会给两国的城市带来新的机会。"},
	[VOICE_EN_FLOOR] = {SOUNDS "en_US_f_Allison/demo-instruct.wav", "asterisk-core-sounds-en-wav", 1.0, NULL, NULL, NULL},
	[VOICE_EN_BOOTH] = {SOUNDS "en_US_f_Allison/demo-congrats.wav", "asterisk-core-sounds-en-wav", 0.92, NULL, NULL, NULL},
	[VOICE_FR] = {SOUNDS "fr_CA_f_June/demo-instruct.wav", "asterisk-core-sounds-fr-wav", 1.0, NULL, NULL, NULL},
	[VOICE_ES] = {SOUNDS "es_MX_f_Allison/demo-instruct.wav", "asterisk-core-sounds-es-wav", 1.0, NULL, NULL, NULL},
	[VOICE_RU] = {SOUNDS "ru_RU_f_IvrvoiceRU/demo-instruct.wav", "asterisk-core-sounds-ru-wav", 1.0, NULL, NULL, NULL},
	[VOICE_IT] = {SOUNDS "it_IT_m_Carlo/demo-instruct.wav", "asterisk-core-sounds-it-wav", 1.0, NULL, NULL, NULL},
};

const char *demo_voice_package(enum demo_voice voice)
{
	return origins[voice].package;
}

/* Lets espeak-ng speak into a file, unless it is there already. */
static void speak_into(const struct origin *origin, const char *path)
{
	const char *const argv[] = {"espeak-ng", "-v", origin->voice, "-p", origin->pitch, "-s", "160", "-w", path, origin->text, NULL};
	posix_spawn_file_actions_t quiet;
	pid_t child;
	int status;
	if (access(path, R_OK) == 0)
		return;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ) == 0)
		waitpid(child, &status, 0);
	posix_spawn_file_actions_destroy(&quiet);
}

const char *demo_break_music(void)
{
	return access(MUSIC, R_OK) == 0 ? MUSIC : NULL;
}

void demo_voices_load(struct clip *voice[VOICE_COUNT], const char *state)
{
	char folder[4096], path[4200], error[256];
	snprintf(folder, sizeof folder, "%s/demo", state);
	mkdir(folder, 0700);
	for (int i = 0; i < VOICE_COUNT; i++) {
		snprintf(path, sizeof path, "%s/voice-%d.wav", folder, i);
		if (origins[i].file == NULL)
			speak_into(&origins[i], path);
		voice[i] = clip_load(origins[i].file != NULL ? origins[i].file : path, origins[i].speed, error, sizeof error);
	}
}

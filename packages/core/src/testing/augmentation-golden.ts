import type { Adjustment, Augmentation } from '../augment/augment.ts'
import type { Region } from '../image/region.ts'

/**
 * Expected values by torchvision 0.29.2 on Pillow 13.0.0 (torch 2.15.0). colors: sha256 of each operation on a 416x338 image of
 * every color whose channels are multiples of 5, red slowest. crops: sha256 of each augmentation by resized_crop
 * (bicubic), hflip, adjust_*, to_grayscale, gaussian_blur (kernel 9), solarize of torchvision.transforms.functional, in
 * that order, on the image below: examples/first-look/images/chelsea.jpg by Pillow, resized to 96x64. boxes: means
 * and deviations of 60,000 draws of RandomResizedCrop.get_params, ratio 3/4 to 4/3.
 */
export const AUGMENTATION_GOLDEN: AugmentationGolden = {
  colors: [
    ['brightness', 0.6, '3ff443dec98548421107a1979e0ebc6f6f84427199a02e0f66198b53c6443b95'],
    ['brightness', 0.9137, 'f01643c771b0fa32b103998db038faff7cd76d832f2b4b2e1a220b1414de5097'],
    ['brightness', 1.4, 'abda6e8b226c2f459587679b4f934a4ffbeaac499cfbb67c6cca3678cbfdc5ca'],
    ['contrast', 0.6, '2b8b6f1a04b2466fe37ce35580cc8d75af9de1a76bfa58435624b6545c5e9446'],
    ['contrast', 1.1377, '8df0aee5a1bcd1ab8f8c0a7f11449ad5ccca4852bdc8df260f58e5bd79b0fb46'],
    ['contrast', 1.4, 'd4d207fe7cdc0b33aca4e0c082e5ebb56c5e03e529abd5b5bf6a12f2605c6171'],
    ['saturation', 0.8, '49b28934118e3ae1dac05f575bb49bbf5d9ca4ac1bfee038069a8f0ad0d09fe1'],
    ['saturation', 0.9431, 'b26ddf44016033cfdb6be671f024cdd6b4c801038aa53a27b752002b4eee1d77'],
    ['saturation', 1.2, '6535d5e42879300d5cbeddecb4da9d0a2cdc40a1db989ca65f6774e731809ebe'],
    ['hue', -0.1, '06518bf0dbfeed66a227d6a2b9cf911c2463da8cd3dc3266cc1b09d6034532f6'],
    ['hue', -0.0312, 'a70b2bb56473d7fe6f45216a8e133be944c234a6a4e32f5d1d02dae8cdedbae8'],
    ['hue', 0.0731, '97d73a3bb8150ea253a0fb1e01ac008e75b8f62f7b8961c02e9f5f869187af2c'],
    ['hue', 0.1, '21056dc7cc0f96670a7c4d0b961d94c666bfc432466ac27674af33327a045185'],
    ['hue', -0.5, '895e557f16f8ce843f2cbffd62576fa64705b4bbdf9ef7ebf7b6035c4737f5b9'],
    ['hue', 0.5, 'ba93ca10e9399fec3b60cd66ba5540caf3290c4d8193ac0f7f8ae51f525e84f0'],
    ['grayscale', null, 'b37dcfc56f511594f6b68a92ca2c27f9e62c9926403b0e072201ae2f4ce09ec4'],
    ['solarize', 128, 'a433d893708d06b734e38770288bacbce3e69176faf832e3f54e367d9942b787'],
    ['solarize', 77, 'a797920d179115b142ef4d8967f2f0b14ec4bb4af7761ccc45b262ae513be8ab'],
    ['flip', null, '18533ee37ea79a96c45965cb4d85c08af949e57cc1c6ff7b1d405f8bbabddff6'],
  ],
  seed: 5,
  image: {
    width: 96,
    height: 64,
    data: 'kntukHlqknxrmIFxnIV3nod5nod4mIN1l3xqpIBnmW5UmWVMkl1IiVdEiVZEjllKfUY6ilpQq4V4rox+r4p9qoR3qIJ1p4BzontqoHhiq4BpnnNdpHtgo3tenXRYkGdLjGJHeEwyiWJEbUkuZ0Eoe1M4hF09hV8/hF1Bh2NEiGVJg2ROjm9Xp4VulHBaaEs0TjcnkW9WoX1je1lEOCQXUzomZ0QvaEYvXDwjgV1BdVM4gWBCnnhXmHFOl25JnHJKnXVOlG1JlnFUnHhgmndinXlppIB0p4R6qIV8roqCroiCpX54o3dzpHhzpHlzo3p1n3FwnWxtnGZloGlmj2dgTDUpNCATMyATMyATMx8TMh4TMR0SMR4SMB0RMB0SMR4Rnod9mIJ1lX9wl4Bxm4N2nYZ5nIV3lX9yjXFdoHtemG9UjFtDkFpCiVI8h1A9kl5Qi1tRjGFWm3ZnuJSCtpKAsIp5sIt6r4p4rIZzqYFpnnNbkWhPmnNXj2dNg1tCjmZIj2ZHiF4+dk0ydE4za0cueVQ0flg5b0wygWFDgF5DhWJHjWtUj29YmnlgjGlPblI6NiQTe11Hk3JXimpOZ0gzYEIodFE3ZUMsQioXZ0kuaEowQikYfVw/nHRRkmdEmm5JnXNMmW9GlnBMnHpemXVil3FhmXBim3Jnn3dunXNrondxqH93qoB6qYB5o3p3nXFxnWtsoGlqpG1qo3RucFJHQiwePikbPiobPSobPSkbPSkbPCgaPSgaPCcaPCYZPCYaq5WOo46FnYh8moN3mYF1m4N3nYV5lH9xe19Ik2xLl25PiFpBh1E7ilA6iU45ilJCl2lbmnBkmHBfs4t3uJF7tI54r4p0q4Vwp4FrmHFWjWRIhlxDlGxPkWlLjWZIlm9QmHBQlm1OdU0zj2hIgl1AhWFDdE4ydlI4hWNFfls/e1c9h2dPkXFanXxinHpdblI6Lx8SVjosgV5HmXddiGRKYkEmYkEpc040YUEsaEYud1U8MR8RSy8XgVs6jWZCkGdCj2ZAmW1GlGxElW9QkWxXlnBfmnFkoHdtpn92pHt0o3l0oXpypX55pn17oHR2oXBxpnFxpnJtpHVrhmFXVTosTDQlTTQlTjMlTTMlTDMlSzMkSzIkSzEjSzEjSjEjSjAitKCbrZmSp5OKo4yCnoZ7moN3m4R3k3xweFhBjGZDkWlJhVY8hlE5h083ikw3jFA/nnBeqoNzr4d2sYl1r4dvqoNrqoNrn3hhkGlQkGlMkmpOl29VmnNXlG1OlW9Olm9PhF1BjGZKc00zl3BShF5Bf1o/h2NGgFxAmnVbkW1SlHBVnHxkmXhfmnhdk3BVdlY/OCMVX0Qwkm9SmnVZellAWDohYEIra0ovgF5EZUQvd1M7PyoYRioScUclhVw5gFk1gls5g1o3j2ZBnHVSlnFYmXRgn3lrqIR6poJ5qoR7q4V/r4qEqYB9o3R2pHFypnFuqHRuqXtxjmlcZUc6Wj4vWj4uWDwtWDwtWDssWDssVzssVjorVTorVTkrVTorVTkqvKmlt6OdsZ2XrJaQpo+JnomBl4J4jHJlfltDhVw+hFk9eUkveEArgEg0i1A+j1hIn3Nir4h1sYt4roh0nHVcnXRam3Nalm5Wi2NJnHVXnHVYnndbglo/jmZMg1xAfVY4bkctfFc9hF5EkmpPelY7hmJGk3BUhmRJg19HdlM7gFxCkHBWlHRblHRbmHRYjmhLbEw3imlQoX1goX1hbEw3VzYkc1A6a0kxd1c+ZEYxZUQsZkgwTzIdg1s7hl47flY2d04veE8wiGA+mHJRoHtgnHdhnHdnq4d6poF1pH91p4J8onl0nm9soGxtpW1sqG5pqHVslGxhcFFFYkY4Y0M2YUM1X0M0X0I0X0I0X0I0XkEzXkEzXUAxXD8xXD8wXD4yvqqpvqmnuqShs52aq5aSpZCLmYV9h2xcf1xCdkwyb0MpazsgbzkjgEo3j11InG9cnnVjq4FuoHdhlm9Yi2RLjWVLmnJYlW1RlG1Qonpglm9Tk2tOgFg7jGNIflU6fFU4gVo9gl1BkWxPjGVHi2ZLiGVJkG5SfVpAhWBGgV5FflpAdFI5clVBhGdSnHpdonxad1U7cE00nXleqIVohmRKaUYvelU7d1M5a0szaks0aUQpi2RFdVI5Y0Elg19AelQ2dU4veVAwhFs6jWdHpoBhp4Jnso54so57poJypoF4onp1nHBvo3VzpnZ1pnVvqnZrn3Njd1hKZ0o8aEo8aUg7Z0g6Zkg5ZUc4ZUY4ZUY3ZEU3ZEU2Y0Q1YkQ0YkQ0YUM1uaamvKenu6WktqCdr5uWqZSPnIZ/hmpYeFg8Z0MqbkUpd0oqfU0xglI6l2tSqINrsYt2rodxmnJZiWBIk2pRnnZcm3RYqoRlj2hKlGxRgllAgFc7hVw9imFCh19CkGlKl3FQlnFThmFCimNEiWRJcU4zb00zbEkxlXBUjGZLg11Df1tFf2BMimxYjGtRhGJHRSsXWj0nfVxDnXtgoHxii2hNhWBFbEguXDwlYD4oWTgheVg+iGVHcU8zfFk+eVY5e1c5e1MxfVQyhmA/m3VSpH9is5F3rIp1rot7p4F4n3RtnW1joW9jpnVoqHdroWlXillGc1JDbU9Cbk5BbU1AbU09bE07bE07a0w6a0w6aks5ako5aUk6aUk6aEg5aEg5taKitKCgtqGgs5+cr5yYp5OPl4J3f2JMelg9e1Y6gFY0iV02kWZGlGpMk2lNmXNZp4Joon5klnBaiF9Ji2NIoHpcpn9ipX9ikGlNkWpKeVA2eE4yg1g3i2JCimRFnXZXmXBQjmdKcUoweVQ1e1c5ck40ZkMra0gwjmlPiGRKjWpQiWdOmXhhkXFZkGtPkGpKYkEobEs0e1Y9jGhNmXZcp4RoimVMck0xYEAnaUYudFE2gV9FlXJUjWxNeVQ5elY3dVA0elQ2fVQ0gVk5i2ZCnntfoH5iqodwsI17pH5wonlroG1bnGNJpHFbpnRknFtCi1dCdlhLclVIclRGclNFclJDcVJCcVJAcFE/cFE/b1A+b08+bk4/bk4/bU0+bU0+s6CgsZ2crpmYrZmWrpqXqZSQknxxe1pDeFI2fFI1g1g2lmtBlGpElGxHpX1emnNXkWdLiWJIjmlPgFpAmXFWpn9hkmtOgls/eFA0hFw7iF4+il89k2lFnHNQl3BQiGBBkmhFi2VCckwufVc6dE40dk02f1c5l3JQmHNYlXJZk3FZjWpPk3JakXFajmlMnnRRlW1MimdJh2FCbUkvjmpRrYpsiWZLhF9BdVE3dk42lG1PjWlNoHxghmNGZEIniGNDimdHfFg4g1w6fVg2imdHmnZblXFVropyqYVxpn9tpHdln2dSm1xBnmdLpHBal11GimBQd1xRdlpPdllNdVhLdVdJdFdIc1ZGc1ZFc1ZFc1VFcVREcVREcVNEcVNDcFNDuKSlsZ2drZiXq5eUr5uXsZyYm4V6c1I8bUYrdUwvglc0m29FoXdRonxXpoJiqYVpmHNWiWFGlG5Qnnpdn3lcpn9gmHFTkGlKimJBgVk2jmM/lGlGnHRQo3xYkWhHelAygVY1e1IxiF48gVc3fVE0eEsrhFczj2dEk3BRl3ValnRdi2dNon5kjmxTcU4yhV48n3hXpoJjkGlIXzwidlM6rIhpi2pSbEowb0syeFM4elc8i2hMnHhea0ozRiwYcEoximhKgFxAiGFChmFDlHJXm3ZapIBiqoZsqIVqpn5pnW1anGVPnl5DnWFEpXRenHBggmVaemBWeWBWeV9UeV5SeVxPeFxNeFtMd1pKd1pLdllKdllKdVlKdVlKdVhKdVhKwKuquaSjtaCdtJ+ctqGduKKdqZGKgF9MckkweE0zhFo5kGdCnXJNrIReqoVjnntek3BUl3NXnHham3hbi2ZKimRHnXZXkmtKjGNCjGRAk2lEl2xGlmxJl21NimBAgVM0fU4rgVMwjGA7jF42jV0zgVAngFErgVk4h2VImHVZon5mnnpgnHhcgl9EZ0ImeE8vkGhLroptn3hZbk40UTMdkWxQiWtTTS8cZEAng15EZ0QqjmhMoX1iTzQeUzIahl9AeVc9flxDimVIj2pPnntgoH5jrotvpYFlpoNnnXZgnm9dnmhUnmFJoWhRq35sm3pvf2dhfWRcfGVafWNZfWFYfGFWe2BTe2BSel9Qel5Qel5QeV5QeV5Pel5QeV1QeF1Rx7Kxw66swKunv6qnvqmlvKahq5OMhmZVgFg+g1o8hVw9h18+mXBKpXxVqYNgp4Jjm3hciGVKlnNWmHVWkW1QgVw/hmBAjGVEmHBOj2dDmG1Jo3pUmW5MjGBAhFc1f08rhVMshVYvhlszhVkxfk8qdkYifU8qhFw6kGtQnHhekW1TmnZam3VWelQ2aT8fgFQxi2JCrohrtY9xgV1AXz4njGhNkm9TeFc8fVY4g1w/a0ktkGtPkXFZQSYQelU3o35ejGlPg2BFk3BVnXxlon9moX9kmnhcpoFjqoRonXVdlWZUmGNPn2hTqXlmr4h8lHhyfWVifmVgf2Zhf2Zff2ZdfmZbfmRZf2RXfmNWfGJUfWNVfWNVfWJUfWJVfWFWfGFWzbi3yrW0yLOwyLOwxbCrvaejpo6IhWVThV9DhmFAimRCkWpIoHhTqYFdqYFenXhWmnZYk3BSmndamHVXlnJVi2ZJjWZHimNBlm5KkWhElmtImnFNnHNOlGlFilw6h1cyekwnhlg1hFs1g1o3ckYne04tfFAseU8tlGxOmnVamnVbm3ZamnVSflIudkYhhVUvj2RAq4RluZN1m3VXck0zbUwzmXRXe1tCdlM3kGxNbUoukGxQi2xVVTghjGdGrYpwl3VZjGlNm3pho4NvpIRtpoRokm9Ron5gsYxwpHxkm3BcmGlXn3BgrYV3qId+iGxpfGBfe19cfmNgf2VggGZfgGhggGdegGZcf2ZafmVZf2Zaf2Zaf2Zaf2ZbfmVbfmVbz7u6zbm3zbi1zbm1ybWxvqmkn4d9gWFLkGtNlG5OnHZUp39dpn1brYRjpX5bnnlVon1cnnpanHhZon5jnXpekGxOjWZGj2hEnnZRnndTnnZTp39dn3ZQlWlDkGQ+lGlBj2Q+hls5mXJRmXBUk2tOeE4rhFcyg1k0kGlIj2tMon5jpYBkn3ZSfU4ohFAphlQqmGpEq4Jju5R4qYVpYD0kWTcgnnhafFxEgV5Cm3NTe1Q3mXNTcVE5Ti4VmXRQr4xyjGlNeVY7lXZflHNdpoVuqYZql3NWkW5RrIlurolyo31qm3FhpHttqIR3j3FqfF5ceVhWd1VRe1tXfmBagGRdgGhggmphgWlfgWhegGhdgGhdgGhdgGldgGlfgGhff2hgzbu5zbu4zbq2zLm1yreywaylpYx/jW1WlXJSqYJgpoFfm3JQmm9Lo3lVpX1YonxWo3xZon5dkG1OiGVKg2FFfFc6kWlIm3VRk2tInHRPq4JbpnxWnHFNlGlFrIJerodmnnZYg1w/lG1Po3xek2xPdk4vdkkkjmI8nndUnnhbon5ko31fondPekoje0kijVstqHtRt45sv5h7sYtvaEAjaEElnXZYi2tPb00xiGFCiGFAp39dcU40XTYXpn1YtZB0nHdaeVM3iWZOjGlQoX5mroxwoH1hjGhNnHherotzp4Jtnnlmn3tsi2xkdlhYdlRUdk9NcklHeFRQfFtWfmFagGZdg2thg2xhgmtggmtfgWpfgWpfgWtggWthgWtjgWtjzrq5zbm3zbm1zbi1x7OvwKqkq5GElndepIBfp39cm3NQkmlGkWZCjWA7pXpSoHdQmHFOpYFepIFilnRYkW5ThmBFlnBSpoBdnXZTmW5IpHZLpHZNn3RQpXxet5F0upd5p4NnjmpPmXNVnXhWo39hmXVbfFQ4hFk3nnNRmnRXpH9jpn5enXBGdEMcdUIdkF0xrn9TvJJtvpZ2uZFyg1QuaUAgpHxelHBVZUIpdkwuhVk3qX5cjGJBcEEdp3tYu5V8qYNnhFs7g1w9mHRWooBmq4tznnximHNWkWxOpH9jrIhwqIZvimtddFdUc1JVdlFTcUdHb0NDdU9Ne1hWfV9bfmVcgmxhhG5jg21ig21igmxhg21ig21ihG1jg2xkg2tkzbm4zLe2zLe0y7WyxrGuuKGbnIBylHJVo3tWonVPnXJPkWlGjGA/hlg3h1s3kGQ/m3BNnnZVoXtZrolnrIhnpYJklnFRmXBKnXNKpXtVqX9broVkrodpso1yq4ZtsY10sYx0rIZtq4dron5klG9UpYFipYBgnHRVn3VXn3peqoRop31cnGtAeUUcgEofoGs8uIhdwpdzv5Z2tYtpi146akIipXxbjmtOd1M4gFAsnGc/toplmG1JeksmnXNSvJl+rYdoh1w3imA6kGlInnthtpeDrItyoXxbnXZRonxasI1xqIhyiW1ifmRhfmFif15eelZTeVJQfFlXf15bfmFdfWZdg21ihG9kg29lhG9mg25lg29lhW5khW5lhW5mhG5mzbe3zLe2y7azyLGuwauosZqTj3JilXFPmnFMkmdDmG5LkWlIhl09jmRDi2JBhlw9gls8fFc6cEwweFI0lG1LmHJPnXRPoXVLonZMp3tXrYNis4pss41wuJJ2uJBzsotqpn5dnHdWlm9OlW9Qn3dbl25ToXpbr4dnnnVcpH1jroZsqX5dl2Q7d0IZilYnsH1MwpNrxpt5v5N2s4lpnG9LjmNBpHtZj2dFj2VCk2AzpG4+wJRtp3tYjF84lWpHu5Z7uZJ1kmhDhlgwkWVBpoJmq4x3pYVwp4RonnhTontVqIVnpIVxknpvjXZyjnV2jnRzjG5tiWtpiWxoiGxpg2pkgGdggmtigW1kgm1jhG5jhW9khW9lh3Bnh3Boh3BohXBnyrW1yrW0ybSyybKvwKqnrpePjnFfjWhHmG9LlWpIlmxIkmlIjWRDkWdFi2JBfVY4WzgfTSwVTysVVCsUZTcab0Iid0kphVUxmmtEpXZQr4RftIposoZmp3lYhls6XTogVDUbYTwcUzUUTi8TWTYXakMheE8vi2BCo3lZq4Fjr4VnrYNhmmhAeEIZjVYpsXxNvY9muY5qtotqsYhnqn5bqn9cnXRSiV87k2dBr3tOsXxPxJd0totroXNNqnxWtpB0vpd8pXtYf1AnlWc/rIVhs5J7sJF8pIVrnntdoXxYpYFfoYFrmYB0l4J8mIGBmoOCmoGAmH58lHt6j3d2h3FsgGpif2phfmphfWhef2legmxhhW9khnFoiHNqh3Jqh3NqyLOzx7Kxx7Kvxq+swauos5uUmHtqi2ZGimA9iF08jmVEk2tNjGVHiF8/i2A+fFIxXDYdXTYbaTwdbz4fg1Atilkzg1QykWE+nGo/mmU1n2s8oG9EfUwuRyAOKRABPiQKYj0YZUQdXEAXTzQQPikKLRwFLhsGMBkHUTUimG5Rs4ZnroNgonBEjlYolV4ysH5TuIpjsIRhsIVjsotqrIRlsIhpqYBelGhDnm9GuIVavIldx5p5xJp7roZjr4Ngt5J1wp2BsohlglEojV0xp39bsI55sY99p4Vonntao35dqYNfpoRopYx6o4+Coo6HpJGKpZGLpI+Ln4qHl4OAindxfWtheGVbd2NadmFXeWNYfWdcgmxhhXFniHRriHRriHRrxbCxxa+ww66swaupvqmmspuTknVliGNHglc2kGZFi2REhl9CgVo9f1g5fFg7WjcfXjYec0kpgVIvf00rjFcsnmw+m25GsIRgtIZftoRXtoRWp3RPflA3OBwRRywShFwui2czfmIzemA4YFE0NDIpFBQOHRoJKyAILx0FRScSkmVHrn9fpXJNm2hCqnlVtINgsYJerIBfq4BgrYRmq4NosYtwrIVmqH9Yq3xRvIdbv4tdtYdiwJd5s45wsItrtZBzv5h7tYpqkGA3k2M3r4dlsI10poNopoBeqIJgpoJjn3pYnnteoIdxpJGAqJaJq5mOrJuSqpmSpZOOnIqFjHx0fGpib11UbVlSbFhOcFtQd2JXf2lfg29mh3NqiXVsiXVswa2vw66wxK6uwq2suKOhpo6Gi25eimZJjGJCh10+kGpKj2hJiGFFgVg8bkUrVzAcek81jmJBmGxIh1UzjFQpo3BDmm1FqX5avZJvwZNuwZVstYhgelE4NxsMflwunHlCkXU8hm48gWxMWFNMQEBILSgoHRoSLyUPQi0LPygJQiQQlGNEpndbqHtfroJksYJhr4FeqX5cn3NVnnVVmnNUqoVqqINnq4NhsoRauoZWu4ZXtIZfwZh8uJN3rIhrr4psto9us4lnilswmWxArYhrtJF5upZ7tpB2sItxr41yqYVpon9koodupZB7qJaFr52RsaCYr56Wp5aQnYyGjHt1eWZgaVZPY1BJX0xEZVFIcFpReWJaf2tihHBnh3Nqh3Nqv6utw66wxK+uvaemrpiVl3xygmJPh2JFlGxLj2ZIj2hJflg7Y0AoTS4bSykSc0YnlWdEoHdWo31dmGtKjFcrmGQ4n29HqXxWu5BuvJFwwpZyvJBocEkzQiYQknE2mnxBj3Y+jnlLi3tlLSwvIh8jNysrGhYQOzMfTjoYXz4PNyAIRicUmGpOp3xlroNssoZssIRmqn1dqn9ilWxNnnZYqINoqINpo3xfsodhvIpbv4xdvY9rvJZ6rohtnHdbpoBhsIdlr4RhmWk+pnpOsYpnsItwrYdrrYhwspB4uJV8uZd/sI51pIdup5F3qpiDr52PsaGVr56Tp5aOm4qDinhzcl9YYE1GW0lDV0M+XkpDaVNKclxSemVbf2pigm1kg25jwKyuwKutuKOiq5SQln52h2tagF5Hf1o+k2xKjGNCelE0XDceSyoVSioVaj8jk2E9l2tLmnVYpIBooXdYmWY4kV0tmWg9oHFJr4NfuY9uwpZywpVxdE00RSoRlXE3l3g9hm44iXZNd2tYGBMUBgcENCstHBYSQjonX0omb08dVjUPGAsAbkQrp3hgrYRxs4l0sIRrq39gq4FlmG5VoXlgn3pgl3NWn3pdsohnwZBmvoteuo1puZN3q4ZpnXdbmnNWr4VmroJgoXJIo3ZNjGhFe1s9Z0stYUUsf15En3lds491uJZ9sJB5pY12o5F7qJeHrJuOqZmNoZCHlYR8g3Jsa1hSWUZAWUVCW0dEY05IbVdPdF1UemNbf2hggmtjgmtjt6Olr5iaoIiEjXZrgWVUg2FJgV1DcEwwgFk5fFIzYDgbVCwTZj0jbkIjjVw5n3JNnnNVnHZcrohxrYNloXJIjloskFstpXVJpnlSroZjvph0xZp1h2BCQScQjms2mHpDh3E4f289TEcrCAcECQkGGBUWHBgQTUQsZVEseVsnZEIYGg0BSisapXVdq4Rxsoh1roJqsIRmpXpak2lOmnNamXVblXBSmnNTq4FgxJVvwpJpuItjtI1vo4BnoHpeo3tdroZprIRnhmBCSzQaPzAVVDwdWD4ePCMNOh0IdUgonHNQsY1xtZR7o4lymodxno17oY+Cn46El4Z+jHlze2hjYk9JVUE8WERBYEtIaVJMcVlRd15YemNbfWZdfmdffmdgoYyLj3dze2FUblM/clQ+gWBGhWFGb0kuXDUaWzMYZToeeEorjl87lGZApHlUqoBdrYVpqoVrqINpqH5fqn9Yn3BEjlotk2A0mmxDpntWsYhmxJp1qoJfRikPc1YrmHxDh3M4d2YzUEsnDA0GCgoKCAkJIyMVVEcmalQogWEqZEUXHA0BNRsKlGlRsIp3s4x6solztIluqXxcm3FSl29ToHtgnHZZmHFTrIJhw5Rvv5FouY1mto5xoX5joHxarYZnrIZwbFRAIxsQExILNy4dXUcpclQubUopSiYPeksql2hAn3hWsYxuoIRqknxoloFymYV5l4N6jnt0gm5ncVxVXUY/VTw2W0E+Y0lFaU9JcVZOdltUeF1UeV5UeV5TeV1UgGhca09AZEUtcE81ellBhGNMj2pQflY5b0YocUYlg1UzmWxIqHtYq4BdpXtZp31fsIhstY91pYBlonhYpXlWo3hPnGw/m2g7l2g8l2hAondVuJBvvpNsd1EzUzcVkXM4iHA3e2YwaFsrHRwNAAICFxcLQjkcXkoddl8rjGwtXD0YLhwZMRYIhFhDr4l2tpKBtZB8tYtxrX9do3dWnnRZkmtSlm9VlW1Sr4VlvY9qu45nuYxqsYhrontdpn5hrYluclw/LSUWQzM3IxsXLykcYk8zeFwxg18yUy0WckUlkl4zkGA5k2tJjXFblH1xmoR7m4d/mIR+kn13iHBqeGBZaExFYEM7Y0M8aEdBbEtCclBGd1RLdlVLdVRJc1JHdFJIXUIrVDcgZkUrf1s/g2BHj2xUmnZciWFDgVQ1lmtJpnxcqn5esIRmsolrsIZotYxxt491tpB4q4ZtmnBRoXRQm29HhVcuh1UvlGM8h1gzh1k2pHpZv5Nur4ViTi8TaUsgmX1Bj3k7fWcrTz8WLCMKRjsdXkkfeF4oknc4fFokTDIoSTY4LhIHc0YxsYZwuJSDt5OAvJN5pXhUo3dWonhblnBXk21SmnJVr4VmvZBsuoxpuYxqqYFinHZWsYtykHJUTD4ZGxgIOS0vLCIiKSIZZlM4fmM5jWs4YDohg1c5pXNJnW9Ej2hIlnprnYmBo4+Hp5OMppKMo42HnIV+knp0iG1nf2NdelxVd1ZPdlJJd1FGd09DdUw+cUo7b0g8bUg+TzQcSC0XYEIrhGJIhWJHkG1TmXdekW1Rh19BnHZZqYRrpn9mqYJmrYVpr4ZpuJB2upN7tpF6rYlwn3VUl2dAnW5JhlUxglAoiFk2hFg2ckYjf1IwonZQvZBol3FNSzITeVwqnYA+ln45fmIla1IgclssgG01kn09i2suSi4VTDg6Mx8cKhEGXjMgqX9ouJWDvJiFwpqAsoVhqHpXqn5emG9SlG5PmXNQpntWu4xivpBptotmrIRhqIRls5B6bFU0SkAbHBsMGBISGRUTLSoeZFQ4gGpBl3lJZUEpkGRJuYtpuZBtsYxxsJKFspqVtp+buaGeuKGetZ+aspqVrZSQp4+KoYiDm4F7lXlzj3Fqi2pggmBUe1VGc0w7bkY3a0M3VzghVjkkb1E8imlRknBWlXNannxmnn1nlHBZontlrYdzp4NtpIBnrYVrtItxvJN6vZV8u5V9sY11oXhZlWY/m2xHlmdFjlw1glEpkGI5h1gyilcwh1cum29Jwph0onZPYD8cZksdj3Eymn05mH86lH8/moBAgGMvRi4WQi8uPywtKBMKKxMIWS8dpXliuZSCuZSAwpd9tohkrX9brYBepXpZmXBSnHVXrH9cvo5lwJFts4dkonlYpYBkqYlyYUwoUkYgJyYVBgcGCgoHNzEja1g9jHZTmHxWYj8to3ZbwJZ4v5l+uJV8t5iLvaOexa2pyLCtyLCuxq+rxa2qw6qnv6ejuqKetZyasJeUq5CNpImEm395kXNriGhdgV5Ue1hOWTceXz8pfFpEh2ZOkG9WmHZen31lmndcjGVIj2NInnZcpoNrrYhztIt0vJJ5wJh/vJZ9upJ7s414p39loHNRmW1GmG1KkGNCi103jGA6kGM+jF8+glY1d0kllmVAtohitYhgck0rUTISUDYRWUEaUTkVQCwSJxcKJRYPMR4bLBQMLRQKMRYMVysYl2pSt5F9upR+xJp9u41or4Jfqn9doXZVo3hZonhXpHdSt4ZctohfpHlTmXBLpYBjp4hvZU8nXU0kPTkgBQgCGRcNTD8lemI9n4dffF89Yz8us4Vlw5t8wJuAuJV7tJeJvaOdx66oyrGszLSwzbWyzrWzzrSyzbOwyrGvyK6txaurwainvKOhtpyarZSRpYuHnYKAmHx6XDsgakgwgl5GhmVLjWtRk25ToHximHNWiV09f1Evj2JCo3tgrYZxtY54upN7uJF5t5R7tpJ7t5F7r4hxoHdZm21KpHVRlGhGlmtIh1s6iVs2jmA8hlo6gFQxkmM7lWc/qHtSvY1hqn1UelIvUzIYPyIPPSAORSMRUCkUXDMbWi4YRiIVRSIVVikXjFs/sYdtvpZ+w5x5uYxnsYRiroJfqHxYpXlWn3RRo3RMs4FSt4ddnnNPnHJOsYxto4VsalYtaVgtW0sjNysRRTgca1o2lIBPlHdKTi8Yhl1DwpRyxZ6DvJh9sIxxqYx8r5ePt56XvKSev6eiwKilwqqnxKypxq+tybGvy7KxzLOyzLS0y7Oyx6+uwamou6OitJybsJeWXz8ma0ctelY6fFo+imdKlW9PmXRWmXNXiV9AeUsqdkgqjmNIrIZvupaAupaAupV+upV+upZ+tZF6so13poBplGdIlWRBmm9OlmtKkGVEjV46kGI7jWA9jGA8jGE6kmdAkGQ7nm5BvotdxJNmuYdbrnxPqXlQpHFNp3BIqnBEhUwpVSgUTykbSCMRg1AxsINhwJZ6wJVytIhjr4RgqXtUrH5VpXhRo3dQpnZMtoJSsIFXoXVPoHdSsYpupoJmcFMofmYyfWYwcFchdmI0lH9PjnVKRy0SWzgftIZlyZ1/wpyBtY5woX5hk3dimYJ1ooyBp5CGqJGJqJKLqZKNrJWRspqXuKCdvKajwaqpxa6tx7Cvxq+uw6yswKiou6OjuaGgRS0XZEMqfVg9f1xBiWNHkWhJlW1Onndalm1PglQzb0Aib0AilWlKroVpsotwuJR7tpF8tpB5sYxxrIVqqoJroHhghFg7jFs4lmhFlWtFnHBMk2dFh1o5m25LmGxHjGA8jGE8kWQ9lmk9rXpIwY9gxphsxphyxJd0tYZcpG0+g0cfbTYbZDUgRR8IekIgrX1RwJJsvItjtIVhrYFcrn1Sr31Qq31Srn9VrHpOtH5Or31QoXFGpHlRtItsmnNYUjEQalAif2Ywhmwygms4a1gvOSQORyYSmWtHwpRwxZp9soprm3JOiWdIhmpVjnVkkXlpkXhpkHdojHVki3NljXVpk31ymoZ9oY6HqJSPrZmVsZyYsp2ZsZyasJuYr5uYsJuYRC4ZYkEseVM6flpAjWdNkGlLjmdGlnBRnXdYkmZHd0kobz4deUUjjVo0pXdUr4ZqqoZsqIFmqH5kpHhYoXRRn3NWil1BeUknjl44m29JnXJRkWRElWhHil48mGtJkWVDj2NAjWE8jWA3jmAypHI/r35NsYNWtoZbqnhNlF4wgUgfgkgicjwYWCkNbzUPn2Y3qHRDqXhOs4dhrn9VrXlJsHxNr39Rt4ZWuIVRuYRNtYJTpnVHoHJHroRehVw7XTMWSyoPPSUMPCkPNSIKOCAKaEEnpnVRvpBtu5Jwq4RgkWdAiF04gWJHhmpXim9diG5chmtZgWZTe19JdllDdFlGd15Nf2ZXhnBii3Zqjnlvj3pwkHlwkHpxkXx0lX94mIJ8YEEre1c6gVxAgl9Ei2hLimRFimJAkmhIm3RYlm5Vg1U3ekgofkgmf0olilo1mGlJoXVUo3pYnW5Nm2hAmWI2klw3h1Q1eUcoekclglEuhVc2jFw5mm5HkGQ/lmpGlmpHiV06l2tHnnJMmm1Ek2Q4lGMynWs3o3A8oWw7mmQ1kFYph0whfEEZbjgXaS8MfEAVlFwrom5DrHxTqHZHqXVDtYFQs39PuoVStn9JvoROx5RkrHtMoHBCnXJJcEIeiVIooG1ChVk0e1EuimA+p3dQuotjxpt6uo9xnXNQiV47hVg3i2NDg2VOg2hVhGhXhGlWg2dUgGRPel1HdVZBb1RBb1NFcVZIdlxLeF5OdltKcVVCblI9cFM/c1hHd15QemNVgV1CiGVGgFw/iGNIk21Pi2A+il05j2RCmHJVl3JZimFFf04thU8qjFgxfUomd0MjgEwqjFs3i1YxiU8ohEkffkIbdDsbd0Ejhk0qgUkkdkAbfUkjiVoykmY/hFgzmW1JkmZCjmI/kGVAlWpCmW1Bmms/lmY5lGI2k2E0mGQ2l10tiE4ieEIccDwZXCoKcTcPk1clmWExom49qXI+rHhDr3xIu4VRvIVOuoJLxYxWzptruIhYn247kF4yZjYSfkwjtYZZvpBkwZNpwZNrvZNqtoxlpXpXjWREi2JAi189glg5gmBGgGNQfmNQfWJOfWFOfWFMfWBLe15IeVpGclZGbVNGbVNFb1VFcFVDbFA7Z0o0ZkkxZUgzaE05bVNBcFZGkW9Qi2lNgFw/hWFIlHBWj2hJimA+kGdDk21Nm3ZbjmdMgVExgk0pkl47mGZFjl4+gE4tdkEfd0AddTsacTgXdz0bfEIifUcniFQwl2Q9mGY9lGI9j2E+kWZDkWU/i185kmVDjmE9i189nXJOlmtFmW5FpXdNnXFFlWg9nm5BlmExj1gpgEwkc0AaZTIQfEAVklQgnWIqo2w1oms0rHhAtH9JuIFKuYBIwolPxo9Y0aBwyZhspHI/jVorbjwWdkIZp3ZHt4tdsYJXoXZMoHZLq31VmW1GiGE9iF89kGZChF1AgmROf2NRfGBOeF1Kd1xIeVxIe11Iel5Iel1JdVlJblZHa1NEbFNEa1FBbFE/cVZEdlpMdFxMc1pLdFxNdFtMjmxQi2hNhmJEjmpRmXdclnJTkmlIlmxInHRRnnhbnHZbhlg5fkknilUzmWxMnnJWnXFUkGNFhVU1fkorfEgogEoqh1AviFMzi1o6jV1AgFM0j2E+lGdFjF8+gVMvglMuh1k2lGZCkGM/jmI9lGlElGhCnW9HmWxDondOpHVJnW0/lmU3iloxdUQdcjoVh0sanV4nmFogoWYvpm41rXY8s31Ctn9Dt31BvYRGypdl0aF1yphqsH5LmWYzdkMYeEUcn2w8qHdFl2Y5lWg+l2xCmG5FkmlBkGdDi2I+iGE8i2hNh2tWhGhTfmFOeFxIdlpFdlpFeFtGel5Je19Mel5OdFpNcFZIblRFblVFeF5PhGtcjHJnjHRoi3Nni3NoiHFkimhOiWVMh2BEjWlSmXhhmXRblm5PlmxLm3NQnnVWnXhclW1QgE8vg08sk2VDn3Zbpn1npH5koXddnXBUmWpLk2NEkV9Ajlo5j1g1kVs8ilk+glEyhlQxf04seUgne0onkWM8hlk4h1k3hVc1jmE+mW1KroNfqX1YqX1Vn3JHmm1DiVw0h1sygU8jgUcZg0gbgkUWjEkYmVsjml4lqG0ysng8tHo8t3s8wIlKzp5vzZ50x5ZitYJOnGg0fEoeeEcflmY5mmw+j2E1h102k2lClWxFkWlEiGA8kWlGjWlLiGlUiW1ah2tZgGRSe15Md1pIdllHeFxJel9LfGFQe2FTemBRdlxNc1lLemJUinNmmYF3oYmAoYiBoYiBooqCoIl/j2xSjmpPi2RFhl9GnHllon9rm3ddlm9SmnNUoHlbnHZbl3FYjWFHhFM0ilo4lmtPoHlgpX1lqH9qp35npXpionhhn3RcnW5PlmM+klo5mWVImWpPkV9AhlMxglAugVAvk2RClWlHkWVDl2xJjmNBkWZDnXJPpHlTnnFIoXRLl2k/jV82iVgwhEsgiE4eWScJYCwQeTsOjE4cn2IsoWMqqGkvrG0xtXY3u4FByZZny5x0yZdru4ZTpHA7gk8kdUUgjl84nG9GlGg9j2Y/kmlEjGRAjmdDjmZBh2A/gWBOhmpih2tghmpdgmdXfF9Qd1pMdlpMel5PfGJRfWJVfGJVemFReF9QfmRXjXNnnoV8rJKNspmTs5qWtJuXtZyYtJuUj21Si2pNh2BDf1g8l3RgpYR1o4JvnnlinHhcnXldnnldm3Vck2pRhFg8f00qiVUylGZKnnJcpXtlpXtjo3dcoHNYoXRbpXhfo3dbonJUpXRXqHlgo3VbnHBUlmtMlmlHk2M+jl46nnBKoHNOn3VRlWlHlGZCoXNLnG9HmGtEl2c8j183gU4mj1QkjFEgdT0Vf0YecDYNdTgQk1QioWEmp2YqrW8wsnU1uHk4xY1bzJ52xJBks3pFmmQvg1IofEojkmU+nHJJmGxAkWdAiGA8jWZCjGVAgFcziWZPkHdxj3d0i3Nvhm5ngmlfe2FVeF5SfGRZgmxhhG5lgmtkfmZfemJWemNVh29jmoJ6rJOMtp2Yu6KevaWhvqaiv6ejvaWgimdHjGpKhF1Ae1Q3jmpWo4N4poZ7pYRzoX1onXZdnnhcm3ZblGxSimBEgE8vf0YkhU8th1Y5kGRLm3Jbn3Zdnm5Qn21QpntlqH9qrIBrroFtroFqrYBoqHxipXheoXNVpndUnm5GnWxDpHVMmmxFlWlDonZOpHdQn3NOmm5Hn3FGlmc8jlguklcjl1okjlIggEQXdDYQdjcMgEASllQcomElq20ssHU0tHc4wIlYypxzwY5ZrXM5lF0qbTwVekkjh1oxmG5ElmxDh105iF89hFk3glk5i2ZLl3pumYWFnIiKmISHkX1+iXRzhG9qh3NskHt1lYB7lIF9jnp4hHBvfmdlgWpikXlvpY2EspuVu6OewKijwamlwamlwamlv6ejiWNGi2dJh2FBgFc7jGdRn39wqIl+qYp/qod4pYBrpH5moHthm3ZbmXRblGxUilk/f0wsgU8viFtAlWpSnnJdoXVdn3NXn3RZpHtkp4BrrIJusIZvsIVuroFqroFpp31jroRmtIdirn9Wq3xToHBJpHZOoXJIoHFHn3FJn3FGonNGm2c4mWAwomYwoWIqjk4deT0UdDgNdDUIgT8Rk1EamlohpGYpqnAztXo7vIVRyZx4xJVornU8jVQibjoUfksjiFktl2xCkWpEglo6hl8+flMyelM3j3BdmoJ6pZGRqpiap5aaoo+Sm4iKmoaHn4yKppGPq5WTp5OTnYqLkH6AiXR1inRvmoF5qpKLs56YuqSfvqikvqmkvqmkvqmkv6ikfFc7e1Y6hF9BglxAjmpTmnppooR4qIl+q4p+qYZ0poBppX5ln3dglm9YkWtSjF9HgVE1gU8vhlIzh1U5j2FHm3JboHhjondhp31nqoFtq4Fuq4JtrYNtr4NssIRsrYRrtIxvuY9utotjsIJZpXdNqXlPoW9BoW4+p3NFqHVHq3dHq3VAr3c/qm80pWUqlVIckE4bfj0NczMKfDoOjUwamFokomYrpmwwqnI2tYJNyJ5+xZh3sXlCjlIebzkTgE8lhFYqiWA5imI/h18/hl09gVw7jm5SlHlknYV6qZSSsZ+ftKGjsZ6ir5uesJydtJ+guKSjuqWktaGhq5iYoI6PlYOBlH95n4d/rJSOs52YuaKeu6Shu6SgvKWhvqeiv6ekglw6e1Q0eVI0fVc7hmJLmHhnoYJ3p4h9rI2CsI1/q4d0qIRvpoFoon1knnpkn3lkm3NbjF5CiVU3kF1AlmhPnnVepH5qpn9qpoBppn9rqIJurYRxr4Zwr4RsroVssIZtroNjsoRfsYNasH1RrHlJqndGp3RAoWs3nmc1k10ypXFDsX1Ft35Gr3I4qGYsmVMckEkTfjwNbTILczYRf0QZk1oonWMtpm00p3E5rXpHvZN0vJFwqXI9k1kjfUQailYpjV0vhVszjmVBjWVBjGZInXpdnn9llnpkm4Bwpo+Gr5uYt6Oku6ervKiqvaqqv6uswq6twKyrvKintqKhq5mYn4yJmoN9n4aAq5SPtJyYuKCcuaGduaGdu6OfvaWhv6ejfFYzfVU0g1g5h19AhmFHjWtYm3tuqop/rI6EsJCFr46BqYh2pYFpo39mn3tkm3ZfmXNelWxUjV9Filo/jVxAlmlPoHhhpX5nqYNtrol1so58tZJ/t5N9t5N5tZB2to90soZkqHlQqHdIrnlFrHhArXlBrnlEsnxHo205dkAacz8Znmk3p2s2rG40q2kvpF8nlE4YfDwOZi4JcTgUf0YfilMnmGM1n2s7oG49qHhJroRgrIBboW49jlgnez8Uj1Ull2UzilwzimA7k21JnXtepoRrn39lmHlemHtjnoR0po+Ir5qYuKSlwKusw66ww6+ww6+uwKyrv6uqu6elsp2bpI6JmIB5nIR9qpOOs5uXtp6atZ2Ztp6auqKevKSgvqajgl1AgVo7imA/iWBAf1k/hWNPj29hmnttpol9rY+Ero+Crox9q4VzpoBonnZamG5TmW1XmGxVkGFJh1M4gksshVAzi1tBlmlQoXhhpoBtqYV0rId2q4VxrYZusYpxt5F2uI9ttIlirn9TpHBAk14wnGg4nGk6j10xnWs6nmk5onBCrHVBr3M9qm41sHM4qWozhUQVdjgQaDEPYTISaDoeb0Ake04viVs2kWU8o3dOontVo3lRnGw+jlotfUEXkVYmpHA+j2AziV46oXxcpoRoo4RpmnxglHZYlHZZkndhlHxvmoaAp5KStJ6gvKeov6urv6uqvqqpvqqpu6ajsZuXoIiCkXlwmoJ6qpKNspqWspqWspuXtp6auqKevaWivqajeVM4eVIzf1Uzd00vc0szg2FPmXtuooV5qYuAr4+EsJCDsI+Er4x9qYRtoXVZnG9Rmm5UmG9YlmtVkGFKiFc7e0QmeEEjilo+m3Jaon1pqINxrIh1rol3rol1sIpyuZF2wZl6w5p2v5JqsX1MlV8soGw6m2c4bjoTf0sjlWI1mGc9q3VFtHtHuIBLvYdStXxHdj4VSh4IVywRSSYQRSYXUysZWy8dajslc0Ysi19Fj2RMjWVKflY2e04qgUkdmmAslmQzglMrek4qoXtZooFkmn1hknVaknJVlHRWjG9VgWdUf2hbjXpyoIyJrpuXt6Ofu6elvamovKinuKOiq5aSlX53inRom4R6qpOPrZiTrpmUsZyXuKCcvKSgvqakvqikf1Y3fVQ1elAvcEYocUkwfVpIk3Zoo4Z6p4l+sJCFs5OHs5KHsZCCrYl3qIBqpntgonhbm3JWmnFZnXNcm3BWlWZLkGFGkGRLnHNap4Bqq4Zyr4t4sI17r4p3tY93wpp/w5p7wph1xJt2w5ZsvY1dwZBgvIhVom45oGo6kFosaDIPjlYps3xHuINRwI1evIhanGk5USkQOhoJRiINaS4XfjkcgD0gejgcdDYbdj4mekcwbD0nWTAZUiwWeUgfn2k1hlgteU0pgFUvnnhQo4Fjm31iknRalHNYlnRYi2xRd1lDb1RAgGhXk39zo46GrJeRs56bt6OiuKSjs5+eo46JjnZtinNonIZ+qZGNrJSQsJmUtp+au6Sevaagvqaiv6ejgFUzek8ueE0ueU4wb0gud1RAlXdoooR5pIZ7rIyBspKHs5OHs5OGspOEspF/sIp2rIVuqYNqrYVwq4Jso3pkmm9Xjl5DfUwvf00ujl1BmW9ZoHlmpH5rqoNuto90u5N0tolkr39Urn5UuIhhvIxku45jvI9juolZuYdSsntHnmY4p3A+qXI8sXtJvIldxJRsxZZxqHtZZTwpTSIQWCURYScTfDMUhjMPhjEOgjEQfjASey4RciwSaTMZj181qXlHmWxAkGQ8h102mHVOqIhuooZunYFqoIJqoIFolXdfhWhTgGROi25ZlnxpnIR2oYuCp5KPrpqas5+frJiXmoWAiG9ki3NpmYN9o46Iq5SOspuWuaKcvKWevqehv6ejwKikfVUzbUQiaz8ffVEweE4xdE02e1lEj3FioYR4rY+DtJaLuJmNuZmOtpWJs5OEsY1+rYl3qYNtqH9pp35no3pin3JZmGdLjFk6ekUlekQniFg/mW5Xo3xkr4tzuZR7uJBys4ZgqnpNqXREoWs9omw/pG9AoGk8n2c7p3RFpW4/qnRGs4FTuIZZvIpgwZFtxJl4xZ6CvZl/n3liaUIxNRgLGwoFNRIGdCcLgysOgisNeicFbSYKazMYjWBArYReoHRLglIrhlgwjWM8nHlYn4BnmX5onoFsooRvoYVvmX1nk3hil3tln4NuoodznYRzmYF3m4aBpJGMq5iVpZGNkn52g2xfi3Nnl393oouDrJWNtZ6WuqOdvaafvqehwKmjwamkh1w3eE0pbkMhd0srbkUpbkgxd1Q/i2xbnYF0p4p+rY+EsJGGtJOItJOItJOGtJKEs4+Ar4t5rYh1rYdzqYNtp31no3denG5TkWBCiFU6kGJJonpirIhxtJF9uZaAvJd5uZBot4dYtYdatoZYrHZInWUykVUikVMmk1ctmFsvjlEmomlAq3dQs4Rju5J2wJqAv5qCv5uGtZOAnHZmXTotMhYMOBYIaSQMdyMJcx8GZiQKYjUeh2ROr4x2sYxvnXRNlGg/nnRKqYJcs5B0rI13noNunoFuoIJtnoNtnoJsnH9onYFoooZvoIZwmH5ojnZljnlvl4R9n4yGmoV/jHZsg2tfjHRomIB2o4uCrZaOtZ6WuqOdvqehv6iiv6iiwKijhVw6hVw7fFM0h1w9iF4/e1Y7dlM+hmVVnoF0p4h7qo1/r5CDtJOGtZSHtJSHtZSGtJOEtJCCsY1+r4p6rIh2rId0rYdzrIZxqoZuqIBnnnRajF9Eg1U7k2hQqYFps4tvt5NxvZNxuIxqr4NcrX1RtYVYsH5RoWw8pG48p24+mWAup3BDoms8rHxWuI52uZB8uJR/uZaDtJSEr4+AiWVZUh8VbikVdyUPbRwFZCIMWTEdiWVTqYR1rox7p4Rqn3ZSn3RMoHZNoHpUpoVopIVunoJunYJxm4BslXpkknVfmHphnoJsooZxn4RwlXplhGtWfGZXgm5ki3dwjHZuhnBkhW1ikHhum4N5p5CFsJmRtp+XvKWfvqehv6iiv6iiv6eiiGRFg1w+eE0wckYndEkpd1A0gFpDg2FOlHZlpYd6rpCDtJWIupmMuZmNuJmMt5aJtpWHtpOFtZKDtZGBtpSDtpWEtpOAr4t5pIBqmXFYkWRIiVo+jF5GnHJdo35oq4ZtrohoonVQonJJpXVNqXhTonFImmg9nWk/qnVLr3xTr39VtohjuYtouY9ytI52tY53tI56t5KBso+CsI+BmnlsVC0hVR8MXR4LWSEQUCUVhWJTpoJzpoZ1o4VwmXJWgFMvg1QujF85k2xJnn9hoYRsm39qlXtokXdjj3VfkXVfk3ZdlHhelntilnxllXpnkXhmiHFif2pfe2VceWJXfWVZinFmln5zoouArZaMtJ2Vu6Sdvqehvqehvqehv6eiv6ijf1o5fVYzflMxeEwsckgnaT4gc0ovf1xGknRipol+sJGEt5eKu5uOupuNuZuNupqNupqNuZmLuZmJuJiHtpaFspKBrot5qINxo39soXtoo31opoFppYFsn3tnl3NdlnBapHxgrYRiq35Zo3NLmmU7lmE1lWA0klszk143l2I7mGdFo3ZXpnxiq4Vvrop3rIdzqoZzrYh4rIh6qYd7pYV4ZklAIQ8GJxEGPR8VeFdLnn1wooN2oYFynHtllm5Ok2U+j2A3lWlBpoFhqYpyoYVwn4NvmHxqim5ahGhTiG1WjnNbj3NbkHRel3tnnYRyn4d4m4R3jnhufWdbcVpMeF9UjnVonoZ6qpOJs5yUuqOcvqehv6eivqehvqehv6ejwKikhmJEimRChVs5fFAue1EtdEknelAxhWFIlnZlqYp+sZGFtpaJupqNu5yPu56QvZ2QvZyQvZyOupmKt5WFspB/r418rop6rIl5ro1+sI19rYl4qYRzoHtolG1ZkWtWpIBqqYVtp4NoqIBhpHlXonRQonZRoXRNlWQ9nm1Im2tLlmhLm3BWl2lPlWhOnHNdmHJflG9cnHdll3JilXJllnVocVVLIxQMLxsUclJImHZnl3hpl3lpl3dklHBXlG1OlWpFlGlAl29GnHlZooRsooZynIBuk3lnj3RihWlUgGRPh2tVkHVgmX9rpIp5rZaGr5mLp5GElX91f2leeGFUhG1gmYF0qZKHs5yUuaKavKWdvaagvqahvqehv6eiwKijwamle1g8gVw7flUzfFEuh1s5gFMzgFU2jmlOoYBvr46BtpaJupqMvJyPu52Pu52Qvp6Rvp2QupmLuJWHtpKCtJCAtJCAtpKEt5OGsZB/r4x8rIh5on1umHVimXViqYRzon1rnHhjpYFqnnlinHddnnZbnHJUlGhFkGE/kmRHlGhOj2VNlGxWmG9ZmW5XkGZRkGpXjmhVjmlWiWRSiGVVgV9QZUU6QScca0g+imNWjmxajm5bi2pWiGRMimJHiV9Bil89iF46k25MmHdamHtjmH1pm4BulHppgmhXiG5djHNgkXhknoVyq5KCs5yNuaOVuKKVrpmMm4d8g29kfWhaj3lspI6CsZqQt6GauqWevKWevKWfvaWgvqahv6iiwKikwKikfls8hmFDhl8+iF86hlo2glc1imFBlG5Tn31qq4x8tZSHuZmMupqPvZ2RvZ6QvJyPu5uOupqLuZmJupiJu5qLu5qLt5WHs5GCspGArYl6qINzo39tpoVyq4t3nnlnnnloqYdzoHxom3Zion5qnXlknnhhlWxTl21VkWZPimBJhVxGh11Ji2JQjGRSi2VSimZTg19Ogl5Oh2RVgVtOd1NFYT4yYT8zeVdKhmFSimZViWdTh2NOhl1HiWFGjGBCj2VGmHRXmnpemHtfkXZfkXVijnRhjXNijXZkinNhnINyqpB/tJqHvKSTvqeZvKaYuaSWsJ2PoY6Bj3tui3VnmYN2q5WKtJ2UuKGZu6SevKWfvKSeuqOduaSdu6afvKeguqSfflo6fVY3hFs5jWM8h1w2hFk3kWlKm3lhooJvrI17tJSFvJyOvp6SvZ2QvJyPvJyPvJyPu56QvZ6Rv56Su5yNtpeItZWGs5ODr459qYd3q4h3sY18sY59oX5toX1srIl3pIBtnXhlpYJvnHlnon9tm3hlnHdjlXBckmtYimNRh2BPf1dHf1VHflVGgFhJf1dHd00/d01AfVNId01Ab0Y6bEU5dE9EgV1Sg19Qg19Og2BLg15Hg1tDiGJGi2VHkm1Ol3ZZnX9nmn5oj3RhhGxbhm5ejHVlln5tpYx7sJaFu6GQvqWSwKeWwqucvqiauKKUsJ2Po5CElIByjndpmYN2qZKJspyUtp+Ys52XsZyVrZmSqJOMpZCKp5ONqZWPqJSOfFg4iWNEjGRDjGJAj2hHlG9Ok2xOlnFXo4NtsJF/tpaGuJiJupqMu5uOvZ2QvZ2QvZ2QvZ+QvJ2OuZiKuJiJt5iItZOFso+ArYt6ro58spKBrYx7p4NzpoJyr418pYBxoXxqpoJvn3xpo39uoHxqnHlmnHlnmXRil3Jgk25djmlZi2VXiWBShlxOg1hKgVZHgFNGflJGfFBFfFJEflRGfVRIfFZKhGBSimdWjm1ZkG9akW9Yk3BXlHJXl3Zbmnpfl3ldm31ml3xoknhliHBfkHdmoIZ0q5GAtpuKvKKRwKaVxKqXwaiXv6iZvaeZt6GUrZqMoY2BjnhqgWhaiXBkl4J5noqDoIuFnYiDmYR/loJ8kn54lIF7m4iCn4yGoo+JZUIlckwugVo6jmNBkWZEkWhEkGdFlXBTo4Nsqop3rI17tJSEupmLu5yPvJ2QvqCSvqCSvJyMupmKupmKuJeIt5aHtZOEsY6As5OCs5OCrYx7qYh2qIZ0sY59qIV0o39up4NxoH1qo39tpYBtnXhmoHtpmnZjnHZkm3Zkl3JflG9ek25ejmdXjmZWjWRUjWNUiV5PiV5Qh1xQiV9Th2BSiWNWiWVWkG1bl3Zim3tmnn5pnH1nmntimHdfmHdfmHlhlHZcknRblXpmlnxqnoNwqY56tpuHvKGOvKKPwKaVwaeWwamWwqqZvqeYuaOVtaCSqpaJmIR3f2dZalBDalJHdWBXgm1lj3lzlH55l4J9nYaCoouGpJCLqpaRsJuWs56aVDEWakMnf1Y1h106jWNAkmlGlW5Mn3tgpoRuqoh1spKAtpaFt5eJuJmMu52Pu52PupyOu5uOu5uNupqMupqMuJeItJOEt5aHs5OCro18rot6rIp5spGAq4h3p4NyqIZypIBton1qqINyn3pnoHtpoHtpm3ZjnXhmnHdlmHNhlXBfkm1dkGtakm1dlG9gkGpcimNTjGVWjGRXjWlcjmpckW9flHJgmHhkm3tmm3tmnXxnmnljmHdfkXBZkG5Vi2pRkHJZjXBYl3xoooh0rpN/uZ6LwKWSwqmVwqmVwKaUwqiXwKeVvqeWvqeZuaOWspyOpZGEkHxvc1xNXUM1Vj40WkM7eWJanIR+qpSPr5qVt5+buqKet6KduKKduaGduaGcbUsvdU4xg1o6jWVCkmtJmnRSnHdWlnFPnHhZpIForIp1sZB+t5eHuZmMuZmMuZmMupqNupqNuZmMu5uOuZmLuJaIuZeJs5KDsJCBsJCAr4x9tJKCrox8qoZ3qod2qIZyo35tqINypYBun3pno35soXxqnHdkn3pnn3pom3ZkmXRjlnFhlHBgkm5flXFkj2tdimZXjmlbkGxek3JjlXVkmHdlmnhlm3pnnHxnm3tmnHllmHVflHFajm1UjmxSiWlOjXBYlHhkoYVwr5N/tpuIu6COwaaUxKqXxayaxKqZwaeXwaeXv6aYvKSXuaKWspyQoY2CiHVpbldLX0U4XEI4X0dAf2hipY2Itp+buaShu6OhuKCetJ2ZsZmUrJOOqpGK',
  },
  crops: [
    {
      augmentation: {
        box: { width: 58, height: 55, top: 8, left: 34 },
        size: 56,
        flipped: true,
        jitter: [
          { op: 'brightness', factor: 1.1457277853313208 },
          { op: 'contrast', factor: 0.6513209771911301 },
          { op: 'hue', factor: 0.023905914094751804 },
          { op: 'saturation', factor: 1.0502740407416764 },
        ],
        gray: false,
      },
      sha256: '886e92a9320b50c5b2a836371cbf4acfde6142ed306cb873b2f45615bd6176db',
    },
    {
      augmentation: {
        box: { width: 63, height: 61, top: 1, left: 29 },
        size: 56,
        flipped: false,
        jitter: [],
        gray: false,
        blur: 0.46303365755729964,
        solarize: 128,
      },
      sha256: '018fa75dcb119c6899b41263067240fd8f50b9578ccccabdfe404754ce02063e',
    },
    {
      augmentation: {
        box: { width: 39, height: 44, top: 7, left: 11 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'contrast', factor: 1.0220037375506126 },
          { op: 'brightness', factor: 1.0789889919678735 },
          { op: 'hue', factor: 0.0905672452094097 },
          { op: 'saturation', factor: 0.8935088442262151 },
        ],
        gray: false,
        blur: 0.6277619851054269,
      },
      sha256: 'aab63de231758cdb1d5ee0cc5842dc1d0a7a74f9791470db576c3fa30800c3c2',
    },
    {
      augmentation: {
        box: { width: 30, height: 28, top: 19, left: 1 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'hue', factor: -0.041092852001866124 },
          { op: 'saturation', factor: 1.133789634120425 },
          { op: 'brightness', factor: 1.1829943643351235 },
          { op: 'contrast', factor: 1.0014608819483355 },
        ],
        gray: false,
      },
      sha256: 'b6df4436573a1b007dd2cf0bbe0ed3c022dddff5169060a727eede2151e133bc',
    },
    {
      augmentation: {
        box: { width: 36, height: 34, top: 19, left: 46 },
        size: 28,
        flipped: false,
        jitter: [
          { op: 'brightness', factor: 0.6699530975010264 },
          { op: 'saturation', factor: 0.8373635295000303 },
          { op: 'contrast', factor: 1.1097320546137521 },
          { op: 'hue', factor: 0.04303360820025348 },
        ],
        gray: false,
        blur: 1.226737294219999,
      },
      sha256: '47a62a43bdb9de3e3ec396a4de299223483aa935cb1a6b6916fb5a95d604bd7b',
    },
    {
      augmentation: {
        box: { width: 21, height: 24, top: 32, left: 41 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'saturation', factor: 1.0053407380536097 },
          { op: 'hue', factor: -0.05945984517263883 },
          { op: 'contrast', factor: 1.1573010633560843 },
          { op: 'brightness', factor: 0.6850446872026211 },
        ],
        gray: false,
        blur: 1.2219007110512003,
      },
      sha256: '5ae20bd6ff8d97f430d68ddc0bc3c2f6d2567ebf2554b49b5bdd5359e133adb1',
    },
    {
      augmentation: {
        box: { width: 46, height: 39, top: 17, left: 2 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'saturation', factor: 0.8196343128175507 },
          { op: 'brightness', factor: 1.0328037690376608 },
          { op: 'contrast', factor: 0.6669313319234745 },
          { op: 'hue', factor: 0.0718428271035639 },
        ],
        gray: false,
      },
      sha256: '0e0e793cdcad53007f7ee09e899281791d0b3be53aed5b0a3388c90ece522074',
    },
    {
      augmentation: {
        box: { width: 23, height: 18, top: 16, left: 45 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'saturation', factor: 0.8268702851304557 },
          { op: 'hue', factor: 0.05942691982738099 },
          { op: 'brightness', factor: 0.9396571814983741 },
          { op: 'contrast', factor: 1.1696840869766332 },
        ],
        gray: false,
      },
      sha256: 'a080d1b4b6119f43101f92239eaa1363101c643805518f8b1c7c7fddb1628536',
    },
    {
      augmentation: {
        box: { width: 32, height: 41, top: 12, left: 25 },
        size: 28,
        flipped: false,
        jitter: [
          { op: 'brightness', factor: 1.2963669283380106 },
          { op: 'saturation', factor: 0.8190564440314598 },
          { op: 'contrast', factor: 0.7829079547125319 },
          { op: 'hue', factor: -0.09678572349339098 },
        ],
        gray: false,
        blur: 1.0684336147019742,
      },
      sha256: 'dda052dc43c53c435ee739de2d73ad060878a6320eee0b95c94d4ad1fa938853',
    },
    {
      augmentation: {
        box: { width: 40, height: 43, top: 18, left: 42 },
        size: 28,
        flipped: true,
        jitter: [
          { op: 'saturation', factor: 1.1131781747829423 },
          { op: 'contrast', factor: 0.7256315171529368 },
          { op: 'hue', factor: 0.07603209400662889 },
          { op: 'brightness', factor: 0.6715291932908823 },
        ],
        gray: true,
        blur: 1.2559038968678038,
      },
      sha256: 'f596a1e95122edc90e73bd7231cb1e538e59776684361265841c94bb1f65848f',
    },
  ],
  boxes: {
    global: {
      source: [640, 480],
      scale: [0.32, 1.0],
      mean: { top: 39.726, left: 108.185, height: 400.675, width: 423.499 },
      deviation: { top: 37.616, left: 77.361, height: 51.304, width: 79.005 },
    },
    local: {
      source: [640, 480],
      scale: [0.05, 0.32],
      mean: { top: 123.386, left: 202.393, height: 233.505, width: 233.908 },
      deviation: { top: 78.563, left: 121.962, height: 56.545, width: 56.812 },
    },
    panorama: {
      source: [900, 100],
      scale: [0.32, 1.0],
      mean: { top: 0.0, left: 383.0, height: 100.0, width: 133.0 },
      deviation: { top: 0.0, left: 0.0, height: 0.0, width: 0.0 },
    },
  },
}

interface AugmentationGolden {
  readonly colors: readonly (readonly [
    operation: Adjustment['op'] | 'grayscale' | 'solarize' | 'flip',
    by: number | null,
    sha256: string,
  ])[]
  readonly seed: number
  /** RGB as base64. */
  readonly image: { readonly width: number; readonly height: number; readonly data: string }
  readonly crops: readonly { readonly augmentation: Augmentation; readonly sha256: string }[]
  readonly boxes: Readonly<Record<string, BoxStatistics>>
}

interface BoxStatistics {
  readonly source: readonly [width: number, height: number]
  readonly scale: readonly [number, number]
  readonly mean: Region
  readonly deviation: Region
}
